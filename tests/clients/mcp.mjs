// The MCP SDK's own client, and the sample MCP server of examples/mcp-server, both unmodified.
//
// Task: {issuer, mcp_url, redirect_uri, username, password, client_metadata_url?}. All that the client is given of the world is
// `mcp_url`; with `client_metadata_url` its id is the URL of its metadata, else it registers itself.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installed, load } from './load.mjs';
import { Browser, authorize } from './pages.mjs';
import { check, equal, run } from './run.mjs';

const { Client } = await load('@modelcontextprotocol/sdk/client/index.js');
const { StreamableHTTPClientTransport } = await load('@modelcontextprotocol/sdk/client/streamableHttp.js');
const { UnauthorizedError } = await load('@modelcontextprotocol/sdk/client/auth.js');

/** The sample server, as a process of its own beside the packages that it imports; gives what ends it. */
const serve = async (task) => {
  const file = join(installed, 'npm', `mcp-server-${randomUUID()}.mjs`);
  await copyFile(join(import.meta.dirname, '../../examples/mcp-server/server.mjs'), file);
  const env = { ...process.env, ISSUER: task.issuer, MCP_URL: task.mcp_url };
  const server = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    server.kill();
    await rm(file, { force: true });
  };
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.startsWith('MCP server at')) return stop;
  }
  await stop();
  throw new Error('the sample server did not start');
};

/** What an application keeps for the SDK, in memory. */
const memory = (task) => {
  const kept = { asked: [] };
  return {
    kept,
    get redirectUrl() {
      return task.redirect_uri;
    },
    clientMetadataUrl: task.client_metadata_url,
    get clientMetadata() {
      return {
        client_name: 'Agent',
        redirect_uris: [task.redirect_uri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      };
    },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => (kept.client = client),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => (kept.tokens = tokens),
    redirectToAuthorization: (url) => kept.asked.push(url),
    saveCodeVerifier: (verifier) => (kept.verifier = verifier),
    codeVerifier: () => kept.verifier,
  };
};

const call = async (task, authProvider) => {
  const client = new Client({ name: 'agent', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(task.mcp_url), { authProvider }));
  const { tools } = await client.listTools();
  const result = await client.callTool({ name: tools[0].name, arguments: {} });
  await client.close();
  return result.content[0].text;
};

const unauthorized = async (attempt) => {
  try {
    await attempt();
  } catch (error) {
    check(error instanceof UnauthorizedError, `the first call: ${error.stack}`);
    return;
  }
  throw new Error('the sample server let a client in that had no token');
};

run(async (task) => {
  const [stop, provider, browser] = [await serve(task), memory(task), new Browser()];
  try {
    const transport = new StreamableHTTPClientTransport(new URL(task.mcp_url), { authProvider: provider });
    await unauthorized(() => new Client({ name: 'agent', version: '1.0.0' }).connect(transport));
    equal(provider.kept.asked.length, 1, 'authorization requests');
    const asked = provider.kept.asked[0];
    const { url, steps } = await authorize(browser, asked.href, task);
    equal(url.searchParams.get('iss'), task.issuer, 'iss in the authorization response (RFC 9207)');
    await transport.finishAuth(url.searchParams.get('code'));
    const first = await call(task, provider);
    const { refresh_token, expires_in } = provider.kept.tokens;
    // As if it had expired: the SDK refreshes by itself.
    provider.kept.tokens = { ...provider.kept.tokens, access_token: 'over' };
    equal(await call(task, provider), first, 'the note after a refresh');
    check(provider.kept.tokens.access_token !== 'over', 'the SDK did not refresh');
    equal(provider.kept.asked.length, 1, 'authorization requests after the refresh');
    return {
      client_id: provider.kept.client.client_id,
      resource: asked.searchParams.get('resource'),
      scope: asked.searchParams.get('scope'),
      challenge_method: asked.searchParams.get('code_challenge_method'),
      rotated: provider.kept.tokens.refresh_token !== refresh_token,
      note: first,
      expires_in,
      steps,
    };
  } finally {
    await stop();
  }
});
