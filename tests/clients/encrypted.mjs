// openid-client 6 with encrypted ID tokens, and userinfo that is signed and then encrypted.
//
// Task: {issuer, client_id, client_secret, redirect_uri, username, password, alg, jwk}. `jwk` is the client's private key.
import { load } from './load.mjs';
import { Browser, authorize } from './pages.mjs';
import { equal, run } from './run.mjs';

const client = await load('openid-client');

const importKey = ({ alg, jwk }) =>
  alg.startsWith('RSA')
    ? crypto.subtle.importKey('jwk', jwk, { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['decrypt'])
    : crypto.subtle.importKey('jwk', jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);

await run(async (task) => {
  const metadata = { id_token_signed_response_alg: 'RS256', userinfo_signed_response_alg: 'ES256' };
  const options = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] };
  const authentication = client.ClientSecretBasic(task.client_secret);
  const config = await client.discovery(new URL(task.issuer), task.client_id, metadata, authentication, options);
  const { kid, alg: _, use: __, key_ops: ___, ...jwk } = task.jwk;
  client.enableDecryptingResponses(config, ['A256GCM'], { key: await importKey({ alg: task.alg, jwk }), alg: task.alg, kid });
  const verifier = client.randomPKCECodeVerifier();
  const nonce = client.randomNonce();
  const parameters = {
    redirect_uri: task.redirect_uri, scope: 'openid email', nonce, code_challenge_method: 'S256',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
  };
  const { url } = await authorize(new Browser(), client.buildAuthorizationUrl(config, parameters).href, task);
  const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce, idTokenExpected: true };
  const tokens = await client.authorizationCodeGrant(config, url, checks);
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
  equal(refreshed.claims().sub, tokens.claims().sub, 'sub of the refreshed ID token');
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  return { parts: tokens.id_token.split('.').length, claims: tokens.claims(), userinfo };
});
