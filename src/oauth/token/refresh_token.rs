//! The refresh token grant (RFC 6749 §6). Rotation, retry and replay are `tokens`' business.

use crate::protocol::Scope;
use crate::protocol::token_response::TokenResponse;
use crate::secret::Secret;
use crate::tokens::refresh::RefreshRequest;
use crate::web::errors::ProtocolError;
use crate::web::origin;

use super::Admitted;

/// New tokens for a refresh token.
pub(super) async fn refresh(
    admitted: &Admitted,
    refresh_token: &Secret,
    scope: Option<&Scope>,
    resource: &[String],
) -> Result<TokenResponse, ProtocolError> {
    let origin = origin::origin(&admitted.request);
    let request = RefreshRequest {
        realm: &admitted.realm,
        client: &admitted.client,
        refresh_token: refresh_token.expose(),
        scope,
        resources: resource,
        id_token_key: admitted.id_token_key.as_deref(),
        origin: &origin,
    };
    Ok(admitted.app.tokens.refresh(request, admitted.now).await?)
}
