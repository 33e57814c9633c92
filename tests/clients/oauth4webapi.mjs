// oauth4webapi: dynamic registration, private_key_jwt, a signed request object, code + PKCE, an encrypted ID token, userinfo as a JWT,
// introspection, refresh, revocation.
//
// Task: {issuer, redirect_uri, username, password}. The client registers itself, with keys that it makes.
import { load } from './load.mjs';
import { Browser, authorize } from './pages.mjs';
import { check, equal, refused, run } from './run.mjs';

const oauth = await load('oauth4webapi');
const { calculateJwkThumbprint, compactDecrypt, exportJWK } = await load('jose');

const INSECURE = { [oauth.allowInsecureRequests]: true };
const SIGNATURE = { name: 'ECDSA', namedCurve: 'P-256' };
const ENCRYPTION = { name: 'RSA-OAEP', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };

/** A key pair, with its public JWK as the registration names it. */
const keyPair = async (algorithm, use, usages) => {
  const pair = await crypto.subtle.generateKey(algorithm, true, usages);
  const jwk = await exportJWK(pair.publicKey);
  return { ...pair, jwk: { ...jwk, use, kid: await calculateJwkThumbprint(jwk) } };
};

const register = async (server, task, keys) => {
  const metadata = {
    client_name: 'Web standards',
    redirect_uris: [task.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: keys.map((key) => key.jwk) },
    id_token_signed_response_alg: 'ES256',
    id_token_encrypted_response_alg: 'RSA-OAEP-256',
    id_token_encrypted_response_enc: 'A256GCM',
    userinfo_signed_response_alg: 'ES256',
    request_object_signing_alg: 'ES256',
    require_signed_request_object: true,
  };
  const answer = await oauth.dynamicClientRegistrationRequest(server, metadata, INSECURE);
  return oauth.processDynamicClientRegistrationResponse(answer);
};

run(async (task) => {
  const issuer = new URL(task.issuer);
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, INSECURE));
  const signing = await keyPair(SIGNATURE, 'sig', ['sign', 'verify']);
  const encryption = await keyPair(ENCRYPTION, 'enc', ['encrypt', 'decrypt']);
  const client = await register(server, task, [signing, encryption]);
  const key = { key: signing.privateKey, kid: signing.jwk.kid };
  const authentication = oauth.PrivateKeyJwt(key);
  const decrypt = async (jwe) => {
    const { plaintext } = await compactDecrypt(jwe, encryption.privateKey);
    return new TextDecoder().decode(plaintext);
  };
  const options = { ...INSECURE, [oauth.jweDecrypt]: decrypt };

  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = new URLSearchParams({
    response_type: 'code',
    redirect_uri: task.redirect_uri,
    scope: 'openid email offline_access',
    prompt: 'consent',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const request = await oauth.issueRequestObject(server, client, parameters, key);
  const url = new URL(server.authorization_endpoint);
  url.search = new URLSearchParams({ client_id: client.client_id, request });
  const arrived = await authorize(new Browser(), url.href, task);
  const answer = oauth.validateAuthResponse(server, client, arrived.url, state);

  const redeem = async () => {
    const sent = await oauth.authorizationCodeGrantRequest(
      server, client, authentication, answer, task.redirect_uri, verifier, options,
    );
    return oauth.processAuthorizationCodeResponse(server, client, sent, { expectedNonce: nonce, requireIdToken: true, ...options });
  };
  const tokens = await redeem();
  equal(tokens.id_token.split('.').length, 5, 'parts of the encrypted ID token');
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  const userinfo = await oauth.processUserInfoResponse(
    server, client, claims.sub, await oauth.userInfoRequest(server, client, tokens.access_token, options),
  );
  const introspect = async (token) => {
    const sent = await oauth.introspectionRequest(server, client, authentication, token, options);
    return oauth.processIntrospectionResponse(server, client, sent);
  };
  const introspection = await introspect(tokens.access_token);
  equal(introspection.active, true, 'active');
  const refreshed = await oauth.processRefreshTokenResponse(
    server, client,
    await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, options),
    options,
  );
  check(refreshed.access_token !== tokens.access_token, 'the refresh gave the same access token again');
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, authentication, refreshed.refresh_token ?? tokens.refresh_token, options),
  );
  equal((await introspect(refreshed.access_token)).active, false, 'active after the revocation');
  await refused(redeem, 'invalid_grant', 'the code, a second time');
  return { client_id: client.client_id, aud: claims.aud, email: userinfo.email, client_of_token: introspection.client_id };
});
