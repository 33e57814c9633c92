// Chromium through playwright-core. Task: {scenario, …}, and per scenario:
//
//   playground  {url, name, email, password}: with JavaScript, from the playground to sign-up, consent, tokens, userinfo, refresh
//               and logout. The page's ids: #playground-start, #playground-id-token, #playground-access-token,
//               #playground-userinfo (button) and -result, #playground-refresh (button), #playground-logout, #playground-error.
//   signup      {issuer, client_id, redirect_uri, name, email, password, javascript?}: without JavaScript (unless asked for), from
//               an authorization request through sign-up and consent to a code at a client of its own on the loopback. A
//               redirect_uri without a port takes a free one (RFC 8252 §7.3).
//
// Either takes `screenshots`, a folder for a picture of each page, `width`, `height` and `dark`.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { load } from './load.mjs';
import { check, equal, run } from './run.mjs';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A tab that notes what a person would see go wrong: console errors and answers of 5xx. */
const openTab = async (browser, task, javaScriptEnabled) => {
  const viewport = { width: task.width ?? 1280, height: task.height ?? 800 };
  const context = await browser.newContext({ javaScriptEnabled, viewport, colorScheme: task.dark ? 'dark' : 'light' });
  const tab = await context.newPage();
  tab.setDefaultTimeout(15_000);
  const complaints = [];
  tab.on('console', (message) => {
    const icon = message.location().url.endsWith('/favicon.ico');
    if (message.type() === 'error' && !icon) complaints.push(`${message.text()} (${message.location().url})`);
  });
  tab.on('pageerror', (error) => complaints.push(String(error)));
  tab.on('response', (answer) => answer.status() >= 500 && complaints.push(`${answer.status()} at ${answer.url()}`));
  return { tab, complaints };
};

const picture = async (tab, task, name) => {
  if (task.screenshots) await tab.screenshot({ path: join(task.screenshots, `${name}.png`), fullPage: true });
};

/** Waits for one of these elements and says which it was; a page that shows none of them is shown instead. */
const first = async (tab, ids) => {
  const union = ids.map((id) => `#${id}`).join(', ');
  try {
    const found = tab.locator(union).first();
    await found.waitFor({ state: 'attached' });
    return await found.getAttribute('id');
  } catch (error) {
    const body = await tab.locator('body').innerText().catch(() => '');
    throw new Error(`none of ${union} at ${tab.url()}:\n${body.slice(0, 2000)}`, { cause: error });
  }
};

const signUp = async (tab, task) => {
  equal(await first(tab, ['login-form', 'signup-form', 'error-page']), 'login-form', 'the first page');
  await picture(tab, task, 'login');
  await tab.click('#signup-link');
  equal(await first(tab, ['signup-form', 'error-page']), 'signup-form', 'the page behind #signup-link');
  await tab.fill('#name', task.name);
  await tab.fill('#email', task.email);
  await tab.fill('#new_password', task.password);
  await picture(tab, task, 'signup');
  await tab.click('#signup-submit');
};

const consent = async (tab, task) => {
  equal(await first(tab, ['consent-allow', 'error-page']), 'consent-allow', 'the page after the sign-up');
  await picture(tab, task, 'consent');
  await tab.click('#consent-allow');
};

const json = async (tab, id) => JSON.parse(await tab.locator(`#${id}`).innerText());

const playground = async (browser, task) => {
  const { tab, complaints } = await openTab(browser, task, true);
  await tab.goto(task.url);
  await picture(tab, task, 'playground');
  await tab.click('#playground-start');
  await signUp(tab, task);
  await consent(tab, task);
  equal(await first(tab, ['playground-id-token', 'playground-error', 'error-page']), 'playground-id-token', 'the playground');
  const idToken = await json(tab, 'playground-id-token');
  equal(idToken.email ?? task.email, task.email, 'email of the ID token');
  await tab.click('#playground-userinfo');
  const userinfo = await json(tab, 'playground-userinfo-result');
  equal(userinfo.sub, idToken.sub, 'sub of userinfo');
  const before = await tab.locator('#playground-access-token').innerText();
  await tab.click('#playground-refresh');
  await tab.waitForFunction((old) => document.querySelector('#playground-access-token')?.innerText !== old, before);
  await picture(tab, task, 'playground-tokens');
  await tab.click('#playground-logout');
  if ((await first(tab, ['logout-confirm', 'logged-out', 'playground-start'])) === 'logout-confirm') await tab.click('#logout-confirm');
  await first(tab, ['logged-out', 'playground-start']);
  equal(complaints.join('\n'), '', 'complaints of the browser');
  return { scenario: 'playground', id_token: idToken, userinfo };
};

/** A client on the loopback: resolves with the address that the browser was sent to. */
const listen = async (redirect) => {
  const { promise, resolve } = withResolvers();
  const server = createServer((request, response) => {
    const url = new URL(request.url, `http://${request.headers.host}`);
    response.setHeader('content-type', 'text/html').end('<title>Client</title><p id="client">Back at the client</p>');
    if (url.pathname === redirect.pathname) resolve(url);
  });
  const host = redirect.hostname.replace(/[[\]]/g, '');
  await new Promise((listening) => server.listen(Number(redirect.port), host, listening));
  const uri = new URL(redirect);
  uri.port = server.address().port;
  return { uri: uri.href, arrival: promise, close: () => server.close() || server.closeAllConnections() };
};

const withResolvers = () => {
  const made = {};
  made.promise = new Promise((resolve) => Object.assign(made, { resolve }));
  return made;
};

const post = async (url, fields) => {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  const answer = await response.json();
  check(response.ok, `${response.status} from ${url}: ${JSON.stringify(answer)}`);
  return answer;
};

const signup = async (browser, task) => {
  const base = task.issuer.replace(/\/$/, '');
  const metadata = await (await fetch(`${base}/.well-known/openid-configuration`)).json();
  const client = await listen(new URL(task.redirect_uri));
  try {
    const [verifier, state, nonce] = [43, 16, 16].map((bytes) => randomBytes(bytes).toString('base64url'));
    const request = new URL(metadata.authorization_endpoint);
    request.search = new URLSearchParams({
      client_id: task.client_id,
      redirect_uri: client.uri,
      response_type: 'code',
      scope: task.scope ?? 'openid profile email',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    const { tab, complaints } = await openTab(browser, task, task.javascript ?? false);
    await tab.goto(request.href);
    await signUp(tab, task);
    await consent(tab, task);
    equal(await first(tab, ['client', 'error-page']), 'client', 'the page after the consent');
    const { searchParams } = await client.arrival;
    equal(searchParams.get('state'), state, 'state');
    equal(searchParams.get('iss'), metadata.issuer, 'iss (RFC 9207)');
    const code = searchParams.get('code');
    check(code, `no code: ${searchParams}`);
    const grant = { grant_type: 'authorization_code', code, redirect_uri: client.uri };
    const tokens = await post(metadata.token_endpoint, { ...grant, client_id: task.client_id, code_verifier: verifier });
    const claims = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'));
    equal(claims.nonce, nonce, 'nonce');
    equal(complaints.join('\n'), '', 'complaints of the browser');
    return { scenario: 'signup', claims, scope: tokens.scope };
  } finally {
    client.close();
  }
};

const SCENARIOS = { playground, signup };

await run(async (task) => {
  check(SCENARIOS[task.scenario], `no scenario ${task.scenario}`);
  const { chromium } = await load('playwright-core');
  const executablePath = process.env.TESSERA_TEST_CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    return await SCENARIOS[task.scenario](browser, task);
  } finally {
    await browser.close();
  }
});
