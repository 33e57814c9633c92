// A browser without JavaScript: a cookie jar, redirects, and the forms of our pages.
import { check, equal } from './run.mjs';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescape = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? whole;
  });

const attributes = (tag) => {
  const found = {};
  for (const [, name, , double, single, bare] of tag.matchAll(/([\w-]+)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)) {
    found[name.toLowerCase()] = unescape(double ?? single ?? bare ?? '');
  }
  return found;
};

const tags = (html, name) => [...html.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'gi'))].map(([, inner]) => attributes(inner));

/** A page's forms, each with its attributes, its fields' preset values, and its buttons. */
export const forms = (html) =>
  [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, opening, body]) => {
    const inputs = tags(body, 'input').filter((input) => input.name && input.type !== 'submit');
    const preset = inputs.filter((input) => !['checkbox', 'radio'].includes(input.type) || 'checked' in input);
    return {
      ...attributes(opening),
      fields: Object.fromEntries(preset.map((input) => [input.name, input.value ?? (input.type === 'checkbox' ? 'on' : '')])),
      names: inputs.map((input) => input.name),
      buttons: [...tags(body, 'button'), ...tags(body, 'input').filter((input) => input.type === 'submit')],
    };
  });

const hasId = (html, id) => new RegExp(`\\bid\\s*=\\s*["']?${id}["'\\s>]`).test(html);

export class Browser {
  #cookies = new Map();

  /** Follows redirects until a page, or until a redirect to an address that begins with `until`. */
  async open(url, { until, method = 'GET', body } = {}) {
    for (let hop = 0; hop < 20; hop += 1) {
      const response = await this.#send(url, method, body);
      const location = response.headers.get('location');
      if (!location) return this.#page(response, url);
      if (method === 'POST') equal(response.status, 303, `the redirect that answers POST ${url}`);
      await response.arrayBuffer();
      url = new URL(location, url).href;
      if (until && url.startsWith(until)) return { url, arrived: true };
      method = 'GET';
      body = undefined;
    }
    throw new Error(`more than 20 redirects, the last to ${url}`);
  }

  /** Sends the form that has this id, or that holds the button with this id. */
  async submit(page, id, values = {}, options = {}) {
    const form = forms(page.html).find((it) => it.id === id || it.buttons.some((button) => button.id === id));
    check(form, `no form and no button #${id} at ${page.url}:\n${page.html.slice(0, 2000)}`);
    for (const name of Object.keys(values)) check(form.names.includes(name), `#${id} at ${page.url} has no input ${name}`);
    const fields = new URLSearchParams({ ...form.fields, ...values });
    const button = form.buttons.find((it) => it.id === id);
    if (button?.name) fields.append(button.name, button.value ?? '');
    const method = (button?.formmethod ?? form.method ?? 'get').toUpperCase();
    const action = new URL(button?.formaction ?? form.action ?? '', page.url);
    if (method === 'POST') return this.open(action.href, { ...options, method, body: fields });
    action.search = fields;
    return this.open(action.href, options);
  }

  /** Whether the page holds an element of this id, or a form or button of it. */
  static has = (page, id) => !page.arrived && hasId(page.html, id);

  async #send(url, method, body) {
    const { origin } = new URL(url);
    const headers = { accept: 'text/html', cookie: this.#cookieHeader(url) };
    if (method === 'POST') headers.origin = origin;
    const response = await fetch(url, { method, body, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) this.#keep(new URL(url), cookie);
    return response;
  }

  async #page(response, url) {
    const html = await response.text();
    check(response.status < 400, `${response.status} at ${url}:\n${html.slice(0, 2000)}`);
    return { url, html, status: response.status };
  }

  #keep(url, header) {
    const [pair, ...rest] = header.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const options = Object.fromEntries(rest.map((part) => part.split('=')).map(([name, value]) => [name.toLowerCase(), value ?? '']));
    const path = options.path?.startsWith('/') ? options.path : '/';
    const key = `${url.host} ${path} ${pair.slice(0, at)}`;
    const gone = Number(options['max-age']) <= 0 || new Date(options.expires) < new Date();
    if (gone) this.#cookies.delete(key);
    else this.#cookies.set(key, { host: url.host, path, pair });
  }

  #cookieHeader(url) {
    const { host, pathname } = new URL(url);
    const within = (path) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
    return [...this.#cookies.values()].filter((it) => it.host === host && within(it.path)).map((it) => it.pair).join('; ');
  }
}

/** Signs in and consents wherever that is asked for; ends at the client's redirect URI. Returns its URL and the steps seen. */
export const authorize = async (browser, url, { redirect_uri, username, password }) => {
  const steps = [];
  const until = redirect_uri;
  let page = await browser.open(url, { until });
  while (!page.arrived) {
    check(steps.length < 5, `no way out of ${steps.join(', ')}`);
    if (Browser.has(page, 'login-form')) {
      steps.push('login');
      page = await browser.submit(page, 'login-form', { identifier: username, password }, { until });
    } else if (Browser.has(page, 'consent-allow')) {
      steps.push('consent');
      page = await browser.submit(page, 'consent-allow', {}, { until });
    } else {
      throw new Error(`neither #login-form nor #consent-allow at ${page.url}:\n${page.html.slice(0, 2000)}`);
    }
  }
  return { url: new URL(page.url), steps };
};
