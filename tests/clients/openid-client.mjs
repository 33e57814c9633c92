// openid-client 6: code + PKCE, ID token, userinfo, introspection, refresh, revocation, logout.
//
// Task: {issuer, client_id, client_secret?, auth_method?, redirect_uri, post_logout_redirect_uri?, username, password, scope?,
//        resource?, id_token_alg?, rotates?}. `rotates` (whether each refresh gives a new refresh token) is true of public clients.
import { load } from './load.mjs';
import { Browser, authorize } from './pages.mjs';
import { check, equal, refused, run } from './run.mjs';

const client = await load('openid-client');

const AUTHENTICATION = {
  none: () => client.None(),
  client_secret_basic: (secret) => client.ClientSecretBasic(secret),
  client_secret_post: (secret) => client.ClientSecretPost(secret),
};

const discover = (task) => {
  const method = task.auth_method ?? (task.client_secret ? 'client_secret_basic' : 'none');
  const metadata = { id_token_signed_response_alg: task.id_token_alg ?? 'RS256' };
  const options = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] };
  const authentication = AUTHENTICATION[method](task.client_secret);
  return client.discovery(new URL(task.issuer), task.client_id, metadata, authentication, options);
};

const login = async (config, browser, task) => {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const parameters = {
    redirect_uri: task.redirect_uri,
    scope: task.scope ?? 'openid profile email offline_access',
    prompt: 'consent',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...(task.resource && { resource: task.resource }),
  };
  const { url, steps } = await authorize(browser, client.buildAuthorizationUrl(config, parameters).href, task);
  equal(url.searchParams.get('iss'), config.serverMetadata().issuer, 'iss in the authorization response (RFC 9207)');
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const extra = task.resource ? { resource: task.resource } : undefined;
  const tokens = await client.authorizationCodeGrant(config, url, checks, extra);
  const replay = () => client.authorizationCodeGrant(config, url, checks, extra);
  return { tokens, steps, replay };
};

const refreshTwice = async (config, task, first) => {
  const rotates = task.rotates ?? !task.client_secret;
  const extra = task.resource ? { resource: task.resource } : undefined;
  const second = await client.refreshTokenGrant(config, first.refresh_token, extra);
  check(second.access_token !== first.access_token, 'the refresh gave the same access token again');
  const token = (tokens, before) => tokens.refresh_token ?? before;
  const third = await client.refreshTokenGrant(config, token(second, first.refresh_token), extra);
  const last = token(third, token(second, first.refresh_token));
  equal(last !== first.refresh_token, rotates, 'refresh token rotation');
  if (second.id_token) equal(second.claims().sub, first.claims().sub, 'sub of the refreshed ID token');
  return { last, access_token: third.access_token, rotated: rotates };
};

const introspect = async (config, token, expected) => {
  const answer = await client.tokenIntrospection(config, token);
  equal(answer.active, expected, 'active');
  return answer;
};

const logout = async (config, browser, task, id_token_hint) => {
  const back = task.post_logout_redirect_uri;
  const state = client.randomState();
  const url = client.buildEndSessionUrl(config, { id_token_hint, ...(back && { post_logout_redirect_uri: back, state }) });
  let page = await browser.open(url.href, { until: back });
  const confirmed = Browser.has(page, 'logout-confirm');
  if (confirmed) page = await browser.submit(page, 'logout-confirm', {}, { until: back });
  if (back) {
    check(page.arrived, `the logout ended at ${page.url}, not at ${back}`);
    equal(new URL(page.url).searchParams.get('state'), state, 'state after the logout');
  } else {
    check(Browser.has(page, 'logged-out'), `no #logged-out at ${page.url}`);
  }
  return { confirmed, arrived: page.url };
};

/** After the logout the login page comes again. */
const signedOut = async (config, browser, task) => {
  const code_challenge = await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier());
  const pkce = { code_challenge, code_challenge_method: 'S256', state: client.randomState() };
  const parameters = { redirect_uri: task.redirect_uri, scope: 'openid', prompt: 'none', ...pkce };
  const page = await browser.open(client.buildAuthorizationUrl(config, parameters).href, { until: task.redirect_uri });
  check(page.arrived, `prompt=none ended at ${page.url}`);
  equal(new URL(page.url).searchParams.get('error'), 'login_required', 'error of prompt=none after the logout');
};

await run(async (task) => {
  const config = await discover(task);
  const browser = new Browser();
  const { tokens, steps } = await login(config, browser, task);
  const claims = tokens.claims();
  check(tokens.refresh_token, 'no refresh token');
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const confidential = Boolean(task.client_secret);
  const introspection = confidential ? await introspect(config, tokens.access_token, true) : undefined;
  const refreshed = await refreshTwice(config, task, tokens);
  if (refreshed.rotated) {
    await refused(() => client.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant', 'the first refresh token, replayed');
    await refused(() => client.refreshTokenGrant(config, refreshed.last), 'invalid_grant', 'the family after a replay');
  }
  const again = await login(config, browser, task);
  await client.tokenRevocation(config, again.tokens.refresh_token);
  await refused(() => client.refreshTokenGrant(config, again.tokens.refresh_token), 'invalid_grant', 'a revoked refresh token');
  if (confidential) await introspect(config, again.tokens.access_token, false);
  const { tokens: last, replay } = await login(config, browser, task);
  await refused(replay, 'invalid_grant', 'a code, redeemed again');
  const loggedOut = await logout(config, browser, task, last.id_token);
  await signedOut(config, browser, task);
  return {
    library: 'openid-client',
    steps,
    steps_again: again.steps,
    claims,
    userinfo,
    introspection,
    token_type: tokens.token_type,
    scope: tokens.scope,
    expires_in: tokens.expires_in,
    rotated: refreshed.rotated,
    logout: loggedOut,
  };
});
