// node-oidc-provider with its in-memory adapter, for scripts/bench: `node peer.mjs PORT`, run in the folder of its packages.
import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const resolver = createRequire(pathToFileURL(`${process.cwd()}/package.json`));
const { Provider } = await import(pathToFileURL(resolver.resolve('oidc-provider')));

const port = Number(process.argv[2]);
const secret = 'bench-secret-of-more-than-thirty-two-bytes';
const key = (type, options, alg) => ({ ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), alg, kid: alg });
const client = (client_id) => ({
  client_id,
  client_secret: secret,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'client_secret_post',
});
const resource = (alg) => ({ audience: `urn:${alg}`, scope: 'read', accessTokenFormat: 'jwt', jwt: { sign: { alg } } });

new Provider(`http://127.0.0.1:${port}`, {
  clients: [client('bench')],
  jwks: { keys: [key('rsa', { modulusLength: 2048 }, 'RS256'), key('ec', { namedCurve: 'P-256' }, 'ES256')] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    resourceIndicators: { enabled: true, getResourceServerInfo: (context, indicator) => resource(indicator.split(':')[1]) },
  },
}).listen(port, '127.0.0.1');
