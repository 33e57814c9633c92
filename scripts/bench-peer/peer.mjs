// node-oidc-provider with records in memory, for scripts/bench: `node peer.mjs PORT JWKS`, run in the folder of its packages. JWKS
// holds the public key of the client that signs.
// One user, who is signed in and consents without being asked; resources urn:ES256 and urn:RS256 take JWTs signed so.
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import { Memory } from './adapter.mjs';

const resolver = createRequire(pathToFileURL(`${process.cwd()}/package.json`));
const { Provider } = await import(pathToFileURL(resolver.resolve('oidc-provider')));

const port = Number(process.argv[2]);
const jwks = JSON.parse(process.argv[3]);
const client_secret = 'bench-secret-of-more-than-thirty-two-bytes';
const account = 'bench-user';
const key = (type, options, alg) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), alg, kid: alg });
const machine = {
  client_id: 'bench',
  client_secret,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'client_secret_post',
};
const signs = { ...machine, client_id: 'signs', client_secret: undefined, token_endpoint_auth_method: 'private_key_jwt', jwks };
const signsIn = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: ['https://app.example.com/cb'],
};
const web = (alg) => ({
  ...signsIn,
  client_id: `web-${alg}`,
  client_secret,
  token_endpoint_auth_method: 'client_secret_post',
  id_token_signed_response_alg: alg,
});
const app = { ...signsIn, client_id: 'app', token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' };
const resource = (alg) => ({ audience: `urn:${alg}`, scope: 'read', accessTokenFormat: 'jwt', jwt: { sign: { alg } } });

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: Memory,
  clients: [machine, signs, web('ES256'), web('RS256'), app],
  cookies: { keys: ['bench'] },
  jwks: { keys: [key('rsa', { modulusLength: 2048 }, 'RS256'), key('ec', { namedCurve: 'P-256' }, 'ES256')] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: 'bench@example.com', email_verified: true, name: 'Bench' }),
  }),
  interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: (context, client) => client.grantTypeAllowed('refresh_token'),
  loadExistingGrant: async (context) => {
    const known = context.oidc.session.grantIdFor(context.oidc.client.clientId);
    if (known) return context.oidc.provider.Grant.find(known);
    const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client.clientId, accountId: account });
    grant.addOIDCScope('openid profile email');
    for (const alg of ['ES256', 'RS256']) grant.addResourceScope(`urn:${alg}`, 'read');
    await grant.save();
    return grant;
  },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (context, indicator) => resource(indicator.split(':')[1]),
      useGrantedResource: () => true,
    },
  },
});

const answer = provider.callback();
createServer((request, response) => {
  if (request.url.startsWith('/interaction/')) {
    provider.interactionFinished(request, response, { login: { accountId: account } }).catch((error) => response.destroy(error));
  } else {
    answer(request, response);
  }
}).listen(port, '127.0.0.1');
