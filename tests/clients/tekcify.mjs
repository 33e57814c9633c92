// @tekcify/auth-backend, unmodified: its guards, middleware and helpers on access tokens of ours.
//
// Task: {issuer, client_id, client_secret, redirect_uri, username, password, scope, secret?}. With `secret` the tokens are HS256,
// without they are RS256 and the guards fetch /api/.well-known/jwks.json.
import { load } from './load.mjs';
import { Browser, authorize } from './pages.mjs';
import { check, equal, run } from './run.mjs';

const encode = (bytes) => Buffer.from(bytes).toString('base64url');

// The helpers know one address alone. What they say goes there; where that is, is changed here.
const CONSTANT = 'https://auth-api.tekcify.com';
const redirectTo = (issuer) => {
  const original = globalThis.fetch;
  globalThis.fetch = (url, options) => original(String(url).replace(CONSTANT, issuer), options);
};

const request = async (url, form) => {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  const body = await response.json();
  check(response.ok, `${response.status} of ${url}: ${JSON.stringify(body)}`);
  return body;
};

// Row T1: code + PKCE with state, a confidential client, and no `resource` anywhere.
const login = async (task) => {
  const verifier = encode(crypto.getRandomValues(new Uint8Array(32)));
  const challenge = encode(await crypto.subtle.digest('SHA-256', Buffer.from(verifier)));
  const state = crypto.randomUUID();
  const query = new URLSearchParams({
    response_type: 'code', client_id: task.client_id, redirect_uri: task.redirect_uri, scope: task.scope, state,
    code_challenge: challenge, code_challenge_method: 'S256',
  });
  const { url, steps } = await authorize(new Browser(), `${task.issuer}/oauth2/authorize?${query}`, task);
  equal(url.searchParams.get('state'), state, 'state');
  const tokens = await request(`${task.issuer}/oauth2/token`, {
    grant_type: 'authorization_code', code: url.searchParams.get('code'), redirect_uri: task.redirect_uri,
    code_verifier: verifier, client_id: task.client_id, client_secret: task.client_secret,
  });
  return { tokens, steps };
};

// What a framework hands to a guard.
const context = (token) => {
  const incoming = { headers: token ? { authorization: `Bearer ${token}` } : {} };
  return { incoming, switchToHttp: () => ({ getRequest: () => incoming }) };
};

const guarded = async (guard, token) => {
  const it = context(token);
  try {
    await guard.canActivate(it);
    return it.incoming.user;
  } catch (error) {
    return error.getStatus();
  }
};

const through = (middleware, token) =>
  new Promise((resolve) => {
    const { incoming } = context(token);
    const answer = { status: (code) => ({ json: () => resolve(code) }) };
    middleware(incoming, answer, () => resolve(incoming.user));
  });

// The same at a later time: the package asks Date.now what time it is.
const later = async (seconds, attempt) => {
  const now = Date.now;
  Date.now = () => now() + seconds * 1000;
  try {
    return await attempt();
  } finally {
    Date.now = now;
  }
};

await run(async (task) => {
  redirectTo(task.issuer);
  await load('reflect-metadata');
  const backend = await load('@tekcify/auth-backend');
  const { JwtAuthGuard, JwksAuthGuard } = await load('@tekcify/auth-backend/nestjs');
  const { createAuthMiddleware, createJwksAuthMiddleware } = await load('@tekcify/auth-backend/express');
  const { tokens, steps } = await login(task);
  const getUserInfo = async () => ({ email: 'from the guard' });
  const options = task.secret ? { secret: task.secret, getUserInfo } : { authServerUrl: task.issuer, getUserInfo };
  const guardWith = (given) => (task.secret ? new JwtAuthGuard(given) : new JwksAuthGuard(given));
  const middlewareWith = (given) => (task.secret ? createAuthMiddleware(given) : createJwksAuthMiddleware(given));
  const [guard, middleware] = [guardWith(options), middlewareWith(options)];
  // Nobody tells these who the user is.
  const { getUserInfo: _, ...bare } = options;
  const [bareGuard, bareMiddleware] = [guardWith(bare), middlewareWith(bare)];
  const verify = async (token) =>
    task.secret ? backend.verifyAccessToken(token, { secret: task.secret }) : backend.createJwksVerifier(options).verify(token);
  const { access_token: token, refresh_token: refresh } = tokens;
  const refreshed = await request(`${task.issuer}/oauth2/token`, {
    grant_type: 'refresh_token', refresh_token: refresh, client_id: task.client_id, client_secret: task.client_secret,
  });
  const others = { 'a refresh token': refresh, 'an ID token': tokens.id_token, 'a changed token': `${token.slice(0, -8)}AAAAAAAA`, nothing: undefined };
  for (const [name, other] of Object.entries(others)) {
    equal(await guarded(guard, other), 401, `the guard on ${name}`);
    equal(await through(middleware, other), 401, `the middleware on ${name}`);
  }
  for (const [seconds, expected] of [[tokens.expires_in - 60, 'object'], [tokens.expires_in + 1, 'number']]) {
    await later(seconds, async () => {
      for (const [name, one] of Object.entries({ guard, bareGuard })) {
        equal(typeof (await guarded(one, token)), expected, `the ${name} after ${seconds} s`);
      }
      for (const [name, one] of Object.entries({ middleware, bareMiddleware })) {
        equal(typeof (await through(one, token)), expected, `the ${name} after ${seconds} s`);
      }
    });
  }
  const credentials = { clientId: task.client_id, clientSecret: task.client_secret };
  const unproven = await backend.introspectAccessToken({ token }).catch((error) => error.message);
  return {
    steps,
    header: JSON.parse(Buffer.from(token.split('.')[0], 'base64url')),
    verified: await verify(token),
    refreshed: (await verify(refreshed.access_token)).valid,
    user: await guarded(guard, token),
    middleware: await through(middleware, token),
    unnamed: [await guarded(bareGuard, token), await through(bareMiddleware, token)],
    expired: await later(tokens.expires_in + 1, async () => [await guarded(guard, token), await through(middleware, token)]),
    userinfo: await backend.fetchUserInfo(token),
    introspection: await backend.introspectAccessToken({ token, ...credentials }),
    unproven,
    dead: await backend.introspectAccessToken({ token: 'x', ...credentials }),
  };
});
