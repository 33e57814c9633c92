// An MCP server whose users sign in at Tessera. It knows two addresses, and its clients know only the second:
//
//   ISSUER   Tessera's realm, as in https://id.example.com
//   MCP_URL  its own address, as in https://notes.example.com/mcp: the identifier of the resource server at Tessera
//   PORT     where it listens on this machine; without it, the port of MCP_URL
//
// Who comes without a token is told where to get one (RFC 9728); who comes with one is checked by Tessera's keys (RFC 9068).
import { createRemoteJWKSet, jwtVerify } from 'jose';
import express from 'express';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

const SCOPE = 'notes:read';
const issuer = process.env.ISSUER ?? 'http://localhost:8080';
const url = new URL(process.env.MCP_URL ?? 'http://127.0.0.1:3001/mcp');
const port = Number(process.env.PORT ?? url.port);

const discovered = await fetch(`${issuer}/.well-known/openid-configuration`);
if (!discovered.ok) throw new Error(`${issuer} answers ${discovered.status}: is that Tessera's address?`);
const metadata = await discovered.json();
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri));

/** What a token says, if Tessera signed it for this server. */
const verifyAccessToken = async (token) => {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer: metadata.issuer, audience: url.href, typ: 'at+jwt' });
    const scopes = payload.scope?.split(' ') ?? [];
    return { token, clientId: payload.client_id, scopes, expiresAt: payload.exp, resource: url, extra: { user: payload.sub } };
  } catch (error) {
    throw new InvalidTokenError(error.message);
  }
};

/** The tools of one request's user. */
const notes = () => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' });
  const tool = { description: 'The first of your notes', inputSchema: {} };
  server.registerTool('first-note', tool, async (_arguments, { authInfo }) => ({
    content: [{ type: 'text', text: `A note of ${authInfo.extra.user}, read by ${authInfo.clientId}` }],
  }));
  return server;
};

const app = express();
app.use(mcpAuthMetadataRouter({ oauthMetadata: metadata, resourceServerUrl: url, scopesSupported: [SCOPE], resourceName: 'Notes' }));
const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(url);
const signedIn = requireBearerAuth({ verifier: { verifyAccessToken }, requiredScopes: [SCOPE], resourceMetadataUrl });
app.post(url.pathname, signedIn, express.json(), async (request, response) => {
  const [server, transport] = [notes(), new StreamableHTTPServerTransport({ enableJsonResponse: true })];
  response.on('close', () => server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
});
app.all(url.pathname, signedIn, (_request, response) => response.set('Allow', 'POST').sendStatus(405));
app.listen(port, () => console.log(`MCP server at ${url.href}, users at ${metadata.issuer}`));
