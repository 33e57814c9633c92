// The playground: a public client in the browser, authorization code + PKCE (RFC 7636), everything shown.
"use strict";

const client = document.getElementById("playground").dataset;
const kept = JSON.parse(sessionStorage.getItem("playground") || "{}");
let tokens = {};

const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const show = (id) => { document.getElementById(id).hidden = false; };

// A part of a JWT, read but not verified: it came over TLS from the issuer itself (OpenID Connect Core §3.1.3.7).
function read(part) {
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

// A JWT's header and claims as text; a token that is none stays as it is.
function decoded(token) {
  const pretty = (part) => JSON.stringify(read(part), null, 2);
  try {
    const [header, claims] = token.split(".");
    return `${token}\n\n${pretty(header)}\n${pretty(claims)}`;
  } catch {
    return token;
  }
}

async function start() {
  const verifier = random();
  const state = random();
  const nonce = random();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  sessionStorage.setItem("playground", JSON.stringify({ verifier, state, nonce }));
  const url = new URL(client.authorizationEndpoint);
  const query = {
    response_type: "code", client_id: client.clientId, redirect_uri: client.redirectUri, scope: client.scope,
    state, nonce, code_challenge: base64url(new Uint8Array(digest)), code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(query)) { url.searchParams.set(name, value); }
  location.assign(url);
}

// One request, shown as it goes out and as it comes back.
async function exchange(id, url, fields, headers) {
  const section = document.getElementById(id);
  const post = fields !== null;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const form = post ? new URLSearchParams(fields) : undefined;
  const body = post ? Object.entries(fields).map(([name, value]) => `${name}=${value}`).join("\n") : "";
  section.querySelector("[data-request]").textContent = [`${post ? "POST" : "GET"} ${url}`, ...lines, "", body].join("\n").trim();
  show(id);
  try {
    const response = await fetch(url, { method: post ? "POST" : "GET", headers, body: form, credentials: "omit" });
    const text = await response.text();
    let pretty = text;
    try { pretty = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it is */ }
    section.querySelector("[data-status]").textContent = String(response.status);
    section.querySelector("[data-response]").textContent = pretty;
    return response.ok ? JSON.parse(text) : null;
  } catch {
    show("playground-no-answer");
    return null;
  }
}

function take(answer) {
  if (!answer) { return; }
  tokens = { ...tokens, ...answer };
  document.getElementById("id-token").textContent = decoded(tokens.id_token || "");
  document.getElementById("access-token").textContent = decoded(tokens.access_token || "");
  document.getElementById("playground-refresh").hidden = !tokens.refresh_token;
  const logout = new URL(client.endSessionEndpoint);
  if (tokens.id_token) { logout.searchParams.set("id_token_hint", tokens.id_token); }
  logout.searchParams.set("post_logout_redirect_uri", client.postLogoutRedirectUri);
  document.getElementById("playground-logout").href = logout;
  show("tokens");
}

async function finish() {
  const answer = new URLSearchParams(location.search);
  const code = answer.get("code");
  if (!code) { return; }
  // The state proves that this browser asked (RFC 6749 §10.12), the issuer that the right server answered (RFC 9207).
  if (answer.get("state") !== kept.state || answer.get("iss") !== client.issuer) { show("playground-state-wrong"); return; }
  sessionStorage.removeItem("playground");
  const given = await exchange("token-exchange", client.tokenEndpoint, {
    grant_type: "authorization_code", code, redirect_uri: client.redirectUri, client_id: client.clientId,
    code_verifier: kept.verifier,
  }, {});
  // The nonce ties the ID token to the request of this browser (OpenID Connect Core §3.1.3.7, step 11).
  if (given && read(given.id_token.split(".")[1]).nonce !== kept.nonce) { show("playground-nonce-wrong"); return; }
  take(given);
}

for (const element of document.querySelectorAll("[data-needs-script]")) { element.hidden = false; }
document.getElementById("playground-start")?.addEventListener("click", start);
document.getElementById("playground-userinfo")?.addEventListener("click", () =>
  exchange("userinfo-exchange", client.userinfoEndpoint, null, { Authorization: `Bearer ${tokens.access_token}` }));
document.getElementById("playground-refresh")?.addEventListener("click", async () =>
  take(await exchange("refresh-exchange", client.tokenEndpoint, {
    grant_type: "refresh_token", refresh_token: tokens.refresh_token, client_id: client.clientId,
  }, {})));
if (document.getElementById("tokens")) { finish(); }
