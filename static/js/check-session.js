// Tells a client's frame whether the login state of this browser is the one that it knows (OpenID Connect Session Management §3.2).
"use strict";

const cookie = document.getElementById("check-session").dataset.cookie;

// SHA-256 (FIPS 180-4) of ASCII text, in base64url. The browser's own exists only where every page around this one is
// secure, and answers later.
function sha256(text) {
  const fraction = (number, root) => Math.floor((number ** root % 1) * 0x100000000) >>> 0;
  const primes = [];
  for (let number = 2; primes.length < 64; number += 1) {
    if (primes.every((prime) => number % prime !== 0)) { primes.push(number); }
  }
  const constants = primes.map((prime) => fraction(prime, 1 / 3));
  const state = primes.slice(0, 8).map((prime) => fraction(prime, 1 / 2));
  const rotated = (word, by) => (word >>> by) | (word << (32 - by));

  const words = new Array((((text.length + 8) >> 6) + 1) * 16).fill(0);
  for (let index = 0; index < text.length; index += 1) {
    words[index >> 2] |= text.charCodeAt(index) << (24 - (index % 4) * 8);
  }
  words[text.length >> 2] |= 0x80 << (24 - (text.length % 4) * 8);
  words[words.length - 1] = text.length * 8;

  for (let block = 0; block < words.length; block += 16) {
    const schedule = words.slice(block, block + 16);
    for (let step = 16; step < 64; step += 1) {
      const [early, late] = [schedule[step - 15], schedule[step - 2]];
      const small = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
      const large = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
      schedule[step] = (schedule[step - 16] + small + schedule[step - 7] + large) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let step = 0; step < 64; step += 1) {
      const mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      const first = (h + mixed + ((e & f) ^ (~e & g)) + constants[step] + schedule[step]) | 0;
      const second = ((rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
    }
    [a, b, c, d, e, f, g, h].forEach((word, index) => { state[index] = (state[index] + word) | 0; });
  }
  const bytes = state.flatMap((word) => [24, 16, 8, 0].map((by) => (word >>> by) & 0xff));
  // Not all at once: the scripted browser of the conformance suite takes no spread.
  return btoa(bytes.map((byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function loginState() {
  const own = document.cookie.split("; ").find((pair) => pair.startsWith(`${cookie}=`));
  return own ? own.slice(cookie.length + 1) : "";
}

// The message is the client's id and its session_state, which has no space: HASH.SALT.
function answer(message, origin) {
  const space = typeof message === "string" ? message.lastIndexOf(" ") : -1;
  const parts = space > 0 ? message.slice(space + 1).split(".") : [];
  if (parts.length !== 2 || !parts[0] || !parts[1]) { return "error"; }
  const expected = sha256(`${message.slice(0, space)} ${origin} ${loginState()} ${parts[1]}`);
  return parts[0] === expected ? "unchanged" : "changed";
}

addEventListener("message", (event) => {
  // A sandboxed frame has no origin that could be answered.
  if (!event.source || event.origin === "null") { return; }
  event.source.postMessage(answer(event.data, event.origin), event.origin);
});
