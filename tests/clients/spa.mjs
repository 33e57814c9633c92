// A single-page application on oidc-client-ts, as a web site of its own beside the server: sign-in by redirect and in a pop-up, silent
// renewal by refresh token and in a frame, userinfo, logout. Everything that the library does, it does in the browser.
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { installed } from './load.mjs';
import { check, equal } from './run.mjs';

const page = (settings, script) => `<!doctype html><title>Paper Boat</title><p id="client">Paper Boat</p>
<script src="/oidc-client-ts.js"></script>
<script>window.manager = new oidc.UserManager(${JSON.stringify(settings)}); ${script}</script>`;

/** The application's site, with the server's own certificate. */
const site = async (task, settings) => {
  const resolver = createRequire(join(installed, 'npm', 'package.json'));
  const folder = join(resolver.resolve('oidc-client-ts/package.json'), '../dist/browser');
  const library = await readFile(join(folder, 'oidc-client-ts.min.js'));
  const scripts = { '/popup': 'manager.signinPopupCallback();', '/silent': 'manager.signinSilentCallback();' };
  const [cert, key] = await Promise.all([readFile(task.certificate), readFile(task.certificate_key)]);
  const server = createServer({ cert, key }, (request, response) => {
    const { pathname } = new URL(request.url, task.site);
    if (pathname === '/oidc-client-ts.js') return response.setHeader('content-type', 'text/javascript').end(library);
    if (pathname === '/favicon.ico') return response.writeHead(204).end();
    return response.setHeader('content-type', 'text/html').end(page(settings, scripts[pathname] ?? ''));
  });
  await new Promise((listening) => server.listen(Number(new URL(task.site).port), '127.0.0.1', listening));
  return () => server.close() || server.closeAllConnections();
};

const settingsOf = (task) => ({
  authority: task.issuer,
  client_id: task.client_id,
  redirect_uri: `${task.site}/cb`,
  popup_redirect_uri: `${task.site}/popup`,
  silent_redirect_uri: `${task.site}/silent`,
  post_logout_redirect_uri: `${task.site}/bye`,
  scope: 'openid profile email',
  loadUserInfo: true,
  automaticSilentRenew: false,
});

/** What the library holds of its user, as JSON. */
const user = (tab, work) =>
  tab.evaluate(async (source) => {
    const found = await new Function(`return (${source})()`)();
    return found && { profile: found.profile, access_token: found.access_token, refresh_token: found.refresh_token };
  }, work.toString());

export const spa = async (browser, task, { openTab, first, consent }) => {
  const close = await site(task, settingsOf(task));
  try {
    const { tab, complaints } = await openTab(browser, task, true);
    await tab.goto(`${task.site}/`);
    await tab.evaluate(() => void window.manager.signinRedirect());
    await first(tab, ['login-form', 'error-page']);
    await tab.fill('#identifier', task.email);
    await tab.fill('#password', task.password);
    await tab.click('#login-submit');
    await consent(tab, task);
    await tab.waitForURL((url) => url.pathname === '/cb');
    const redirected = await user(tab, () => window.manager.signinRedirectCallback());
    equal(redirected.profile.email, task.email, 'email of userinfo');

    const refreshed = await user(tab, () => window.manager.signinSilent());
    check(refreshed.access_token !== redirected.access_token, 'the renewal by refresh token gave the same access token');
    check(refreshed.refresh_token !== redirected.refresh_token, "a public client's refresh token rotates");

    const framed = await user(tab, async () => {
      const kept = await window.manager.getUser();
      await window.manager.storeUser(Object.assign(kept, { refresh_token: undefined }));
      return window.manager.signinSilent();
    });
    check(framed.access_token !== refreshed.access_token, 'the renewal in a frame gave the same access token');
    equal(framed.profile.sub, redirected.profile.sub, 'sub after the renewal in a frame');

    const popup = await user(tab, () => window.manager.signinPopup());
    equal(popup.profile.sub, redirected.profile.sub, 'sub of the pop-up');
    check(popup.access_token !== framed.access_token, 'the pop-up gave the same access token');

    await tab.evaluate(() => void window.manager.signoutRedirect());
    await tab.waitForURL((url) => url.pathname === '/bye');
    const after = await tab.evaluate(() => window.manager.signinSilent().then(() => 'a user', (error) => error.error));
    equal(after, 'login_required', 'a silent renewal after the logout');
    equal(complaints.join('\n'), '', 'complaints of the browser');
    return { scenario: 'spa', profile: redirected.profile };
  } finally {
    close();
  }
};
