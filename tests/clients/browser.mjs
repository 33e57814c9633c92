// Chromium through playwright-core. Task: {scenario, …}, and per scenario:
//
//   administrator  {link, playground, name, email, password}: with JavaScript, from the link of the terminal to the first
//                  administrator, through every page that the consoles lead to, to tokens on the playground, and out.
//   playground     {playground, name, email, password}: with JavaScript, from the playground to sign-up, consent, tokens, userinfo,
//                  refresh and logout.
//   signup         {issuer, client_id, redirect_uri, name, email, password, javascript?}: without JavaScript (unless asked for),
//                  from an authorization request through sign-up and consent to a code at a client of its own on the loopback. A
//                  redirect_uri without a port takes a free one (RFC 8252 §7.3).
//   session        {issuer, client_id, redirect_uri, email, password, javascript?}: signs in at a client that watches the login state,
//                  and out by way of the page that tells it (session.mjs). The client lives at its redirect_uri.
//
//   spa            {issuer, site, client_id, email, password, certificate, certificate_key}: a single-page application on
//                  oidc-client-ts at `site` (spa.mjs).
//
// All take `hosts`, rules by which the browser finds hosts (--host-resolver-rules); `screenshots`, a folder for a picture of each page, `width`, `height` and `dark`; `key`, the SHA-256 (base64) of the public
// key of a certificate that is trusted though no authority signed it; and `third_party_cookies`: sites read their cookies in the
// frames of others. A complaint of the browser - an error on its console, which a violation of the content security policy is too, or
// an answer of 5xx - fails the scenario.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from './load.mjs';
import { check, equal, run } from './run.mjs';
import { session as watched } from './session.mjs';
import { spa as application } from './spa.mjs';

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

/** A tab that notes what goes wrong behind what a person sees. */
const openTab = async (browser, task, javaScriptEnabled) => {
  const viewport = { width: task.width ?? 1280, height: task.height ?? 800 };
  const context = await browser.context({ javaScriptEnabled, viewport, colorScheme: task.dark ? 'dark' : 'light' });
  const tab = await context.newPage();
  tab.setDefaultTimeout(15_000);
  const complaints = [];
  tab.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} (${message.location().url})`);
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
  equal(await first(tab, ['consent-allow', 'error-page']), 'consent-allow', 'the page before the client');
  await picture(tab, task, 'consent');
  await tab.click('#consent-allow');
};

/** The claims of the token that an element shows: the token itself, its header, its claims. */
const claims = async (tab, id) => {
  const [token] = (await tab.locator(`#${id}`).innerText()).split('\n');
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
};

/** Does what a button does, and waits for the answer that its section shows then. */
const exchange = async (tab, button, section) => {
  await tab.click(`#${button}`);
  const status = tab.locator(`#${section} [data-status]`);
  await status.filter({ hasText: '200' }).waitFor();
  return JSON.parse(await tab.locator(`#${section} [data-response]`).innerText());
};

const FAULTS = ['playground-state-wrong', 'playground-nonce-wrong', 'playground-no-answer'];

/** From the code that came back to the playground to tokens, and out. */
const tokens = async (tab, task) => {
  await tab.locator('#tokens').waitFor();
  const idToken = await claims(tab, 'id-token');
  const before = await claims(tab, 'access-token');
  const userinfo = await exchange(tab, 'playground-userinfo', 'userinfo-exchange');
  equal(userinfo.sub, idToken.sub, 'sub of userinfo');
  equal(userinfo.email, task.email, 'email of userinfo');
  await exchange(tab, 'playground-refresh', 'refresh-exchange');
  check((await claims(tab, 'access-token')).jti !== before.jti, 'the refresh gave the same access token again');
  for (const id of FAULTS) check(await tab.locator(`#${id}`).isHidden(), `#${id} is shown`);
  await picture(tab, task, 'playground-tokens');
  await tab.click('#playground-logout');
  equal(await first(tab, ['playground-start', 'logout-confirm', 'error-page']), 'playground-start', 'the page after the logout');
  return { id_token: idToken, userinfo };
};

const start = async (tab, task) => {
  await tab.goto(task.playground);
  await picture(tab, task, 'playground');
  await tab.click('#playground-start');
};

/** What comes back with another state, or an ID token with another nonce, than this tab sent: nothing is done with it. */
const refusesWhatItDidNotAskFor = async (tab, task) => {
  for (const member of ['state', 'nonce']) {
    await start(tab, task);
    await first(tab, ['consent-allow']);
    await tab.evaluate((name) => {
      const kept = JSON.parse(sessionStorage.getItem('playground'));
      sessionStorage.setItem('playground', JSON.stringify({ ...kept, [name]: 'another' }));
    }, member);
    await tab.click('#consent-allow');
    await tab.locator(`#playground-${member}-wrong`).waitFor();
    check(await tab.locator('#tokens').isHidden(), `tokens are shown though the ${member} is another`);
  }
};

const playground = async (browser, task) => {
  const { tab, complaints } = await openTab(browser, task, true);
  await start(tab, task);
  await signUp(tab, task);
  await consent(tab, task);
  const result = await tokens(tab, task);
  equal(complaints.join('\n'), '', 'complaints of the browser');
  return { scenario: 'playground', ...result };
};

/** Opens every page of ours that the pages lead to; what is behind a form stays as it is. */
const everyPage = async (tab, task) => {
  const { origin } = new URL(tab.url());
  const seen = new Set();
  const todo = [tab.url()];
  while (todo.length > 0) {
    const url = todo.shift();
    seen.add(url);
    const answer = await tab.goto(url);
    check(answer.ok(), `${answer.status()} at ${url}`);
    await picture(tab, task, `page-${seen.size}`);
    const links = await tab.locator('a[href]').evaluateAll((found) => found.map((link) => link.href.split('#')[0]));
    todo.push(...links.filter((link, at) => link.startsWith(`${origin}/`) && !seen.has(link) && !todo.includes(link) && links.indexOf(link) === at));
    check(seen.size < 100, `no end of pages: ${[...seen].join(' ')}`);
  }
  return [...seen].map((url) => url.slice(origin.length));
};

const administrator = async (browser, task) => {
  const { tab, complaints } = await openTab(browser, task, true);
  await tab.goto(task.link);
  await picture(tab, task, 'setup');
  await tab.fill('#name', task.name);
  await tab.fill('#email', task.email);
  await tab.fill('#new_password', task.password);
  await Promise.all([tab.waitForURL((url) => url.pathname.endsWith('/account')), tab.click('#setup-submit')]);
  const pages = await everyPage(tab, task);
  await refusesWhatItDidNotAskFor(tab, task);
  await start(tab, task);
  await consent(tab, task);
  const result = await tokens(tab, task);
  equal(complaints.join('\n'), '', 'complaints of the browser');
  return { scenario: 'administrator', pages, ...result };
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
    const answer = await post(metadata.token_endpoint, { ...grant, client_id: task.client_id, code_verifier: verifier });
    const idToken = JSON.parse(Buffer.from(answer.id_token.split('.')[1], 'base64url'));
    equal(idToken.nonce, nonce, 'nonce');
    equal(complaints.join('\n'), '', 'complaints of the browser');
    return { scenario: 'signup', claims: idToken, scope: answer.scope };
  } finally {
    client.close();
  }
};

const session = (browser, task) => watched(browser, task, { openTab, picture, first, consent, post });

const spa = (browser, task) => application(browser, task, { openTab, first, consent });

const SCENARIOS = { administrator, playground, signup, session, spa };

/** The scenario in a profile whose owner lets sites read their cookies in the frames of others, which is not the default. */
const withThirdPartyCookies = async (task, chromium, how) => {
  const folder = await mkdtemp(join(tmpdir(), 'profile-'));
  await mkdir(join(folder, 'Default'));
  const preferences = { profile: { block_third_party_cookies: false, cookie_controls_mode: 0 } };
  await writeFile(join(folder, 'Default', 'Preferences'), JSON.stringify(preferences));
  let opened;
  const context = async (options) => {
    opened = await chromium.launchPersistentContext(folder, { ...how, ...options });
    return opened;
  };
  try {
    return await SCENARIOS[task.scenario]({ context }, task);
  } finally {
    await opened?.close();
    await rm(folder, { recursive: true, force: true });
  }
};

await run(async (task) => {
  check(SCENARIOS[task.scenario], `no scenario ${task.scenario}`);
  const { chromium } = await load('playwright-core');
  const executablePath = process.env.TESSERA_TEST_CHROMIUM ?? '/usr/bin/chromium';
  const trust = task.key ? [`--ignore-certificate-errors-spki-list=${task.key}`] : [];
  const hosts = task.hosts ? [`--host-resolver-rules=${task.hosts}`] : [];
  const how = { executablePath, args: [...FLAGS, ...trust, ...hosts] };
  if (task.third_party_cookies) return withThirdPartyCookies(task, chromium, how);
  const browser = await chromium.launch(how);
  try {
    return await SCENARIOS[task.scenario]({ context: (options) => browser.newContext(options) }, task);
  } finally {
    await browser.close();
  }
});
