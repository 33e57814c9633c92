// A client that watches the login state and hears of the logout, as a web site on the loopback: its page holds our check_session
// frame (OpenID Connect Session Management), our page after the logout loads its front-channel address (Front-Channel Logout).
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { check, equal } from './run.mjs';

/** The page that watches: `ask` sends a message to our frame, `answers` are what it said. */
const watcher = (frame) => `<!doctype html><title>Client</title><p id="client">Signed in</p>
<iframe id="op" src="${frame}"></iframe>
<script>
window.answers = [];
addEventListener('message', (event) => { if (event.origin === ${JSON.stringify(new URL(frame).origin)}) answers.push(event.data); });
window.ask = (message) => document.getElementById('op').contentWindow.postMessage(message, ${JSON.stringify(new URL(frame).origin)});
</script>`;

/** The client's site; `loaded` are the requests for its front-channel address. */
const site = async (redirectUri, frame) => {
  const own = new URL(redirectUri);
  const loaded = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, own);
    if (url.pathname === '/front') loaded.push(url);
    const bye = `<!doctype html><title>Client</title><p id="bye">Signed out</p>`;
    response.setHeader('content-type', 'text/html').end(url.pathname === own.pathname && frame ? watcher(frame) : bye);
  });
  await new Promise((listening) => server.listen(Number(own.port), own.hostname, listening));
  return { loaded, close: () => server.close() || server.closeAllConnections() };
};

/** Signs in and comes back to the client; says what came and the ID token. */
const signIn = async (tab, task, metadata, { first, consent, post }) => {
  const verifier = randomBytes(43).toString('base64url');
  const request = new URL(metadata.authorization_endpoint);
  request.search = new URLSearchParams({
    client_id: task.client_id,
    redirect_uri: task.redirect_uri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  await tab.goto(request.href);
  await tab.fill('#identifier', task.email);
  await tab.fill('#password', task.password);
  await tab.click('#login-submit');
  await consent(tab, task);
  await first(tab, ['client', 'bye', 'error-page']);
  const came = new URL(tab.url()).searchParams;
  const grant = { grant_type: 'authorization_code', code: came.get('code'), redirect_uri: task.redirect_uri };
  // From here and not from the page: whoever holds the code may redeem it.
  const { id_token } = await post(metadata.token_endpoint, { ...grant, client_id: task.client_id, code_verifier: verifier });
  return { sessionState: came.get('session_state'), idToken: id_token };
};

/** What our frame says to a message. */
const asked = async (tab, message) => {
  const before = await tab.evaluate(() => window.answers.length);
  await tab.evaluate((text) => window.ask(text), message);
  await tab.waitForFunction((count) => window.answers.length > count, before);
  return tab.evaluate(() => window.answers.at(-1));
};

/** Signs out by way of the page that loads the frames, which leads back by itself. */
const signOut = async (tab, task, metadata, idToken, picture) => {
  const request = new URL(metadata.end_session_endpoint);
  request.search = new URLSearchParams({
    id_token_hint: idToken,
    post_logout_redirect_uri: new URL('/bye', task.redirect_uri).href,
    state: 'a state',
  });
  await tab.goto(request.href, { waitUntil: 'commit' });
  await picture(tab, task, 'logged-out-on');
  await tab.waitForURL((url) => url.pathname === '/bye');
  equal(new URL(tab.url()).searchParams.get('state'), 'a state', 'state');
};

export const session = async (browser, task, helpers) => {
  // The certificate of a developer's server is known to the browser by its key; this process asks nobody else.
  if (task.key) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const metadata = await (await fetch(`${task.issuer}/.well-known/openid-configuration`)).json();
  const javascript = task.javascript ?? true;
  const client = await site(task.redirect_uri, javascript && metadata.check_session_iframe);
  try {
    const { tab, complaints } = await helpers.openTab(browser, task, javascript);
    const { sessionState, idToken } = await signIn(tab, task, metadata, helpers);
    const said = {};
    if (javascript) {
      await tab.waitForLoadState('load');
      said.before = await asked(tab, `${task.client_id} ${sessionState}`);
      said.of_another = await asked(tab, `another ${sessionState}`);
      said.of_nonsense = await asked(tab, 'nonsense');
    }
    const second = await tab.context().newPage();
    second.setDefaultTimeout(15_000);
    await signOut(second, task, metadata, idToken, helpers.picture);
    if (javascript) said.after = await asked(tab, `${task.client_id} ${sessionState}`);
    check(client.loaded.length === 1, `the front-channel address was loaded ${client.loaded.length} times`);
    equal(complaints.join('\n'), '', 'complaints of the browser');
    const claims = JSON.parse(Buffer.from(idToken.split('.')[1], 'base64url'));
    return { scenario: 'session', said, claims, loaded: Object.fromEntries(client.loaded[0].searchParams) };
  } finally {
    client.close();
  }
};
