import { type Actor, auditEntry } from '../audit/audit.ts';
import { isoTime } from '../clock.ts';
import { type InputFault, Problem } from '../problem.ts';
import { currentSeal, type SealerPorts, type SecretOpener } from '../secrets/vault.ts';
import { needsStandardSecret, type Signing } from '../signing/scheme.ts';
import { newSecret, secretFault } from '../signing/secret.ts';
import { type ChangePorts, changeEndpoint, type Target } from './change.ts';
import { type Endpoint, type PreviousSecret, stillSigning } from './endpoint.ts';
import { type HeaderPorts, headersSealed, openHeaders } from './headers.ts';

export interface SecretPorts extends ChangePorts {
  sealer: SealerPorts;
  opener: SecretOpener;
}

/** Seals headers with the current data key. */
export function headerPortsOf({ opener, sealer }: Pick<SecretPorts, 'opener' | 'sealer'>): HeaderPorts {
  return { opener, seal: () => currentSeal(sealer) };
}

/** The maximum number of previous secrets that still sign: more would only lengthen the headers. */
const PREVIOUS_SECRETS_MAX = 4;

/**
 * Gives an endpoint a new secret. The old one also signs until the overlap ends; an overlap of 0 revokes all previous
 * ones.
 * @throws Problem `invalid` when the endpoint's signature does not accept the secret, `conflict` when a previous secret
 * would have to be revoked before its overlap ends.
 */
export async function rotateSecret(
  { id, actor }: Target,
  wanted: { secret?: string | undefined; overlapSeconds: number },
  ports: SecretPorts,
): Promise<{ endpoint: Endpoint; secret: string }> {
  const secret = wanted.secret ?? newSecret(ports.random);
  const { after } = await changeEndpoint(
    id,
    async (current) => {
      const faults = faultsOfSecret(current, secret);
      if (faults.length > 0)
        throw new Problem('invalid', 'The rotation is not valid: correct the fields named in errors.', { faults });
      const now = ports.clock();
      const previousSecrets = formerSecrets(current, now, wanted.overlapSeconds);
      const version = current.secretVersion + 1;
      const seal = await currentSeal(ports.sealer);
      return {
        ...current,
        ...(await headersSealed(current, { opener: ports.opener, seal: async () => seal })),
        secret: seal(secret, { purpose: 'signing', tenant: current.tenant, endpointId: id, version }),
        secretVersion: version,
        previousSecrets,
        updatedAt: now,
      };
    },
    ports,
    { actor, action: 'endpoint.secret_rotated' },
  );
  return { endpoint: after, secret };
}

/** The previous secrets that still sign after a rotation, each until its promised expiry. */
function formerSecrets(current: Endpoint, now: number, overlapSeconds: number): PreviousSecret[] {
  if (overlapSeconds === 0) return [];
  const active = stillSigning(current.previousSecrets, now);
  if (active.length >= PREVIOUS_SECRETS_MAX) {
    const next = isoTime(Math.min(...active.map(({ expiresAt }) => expiresAt)));
    throw new Problem(
      'conflict',
      `${active.length} previous secrets still sign, which is the maximum: rotate again after ${next}, when the next one expires, or with overlap_seconds 0, which revokes them all.`,
    );
  }
  return [
    { sealed: current.secret, version: current.secretVersion, expiresAt: now + overlapSeconds * 1000 },
    ...active,
  ];
}

/** An endpoint's secret in plain text. The reveal is in the audit trail before this returns. */
export async function revealSecret(
  endpoint: Endpoint,
  actor: Actor,
  ports: Pick<SecretPorts, 'opener' | 'audit' | 'clock' | 'random'>,
): Promise<string> {
  const secret = await openSecret(endpoint, ports.opener);
  const { id: object, tenant } = endpoint;
  await ports.audit.append(auditEntry({ actor, action: 'endpoint.secret_revealed', object, tenant }, ports));
  return secret;
}

/** An endpoint's headers in plain text. The reveal is in the audit trail before this returns. */
export async function revealHeaders(
  endpoint: Endpoint,
  actor: Actor,
  ports: Pick<SecretPorts, 'opener' | 'audit' | 'clock' | 'random'>,
): Promise<Record<string, string>> {
  const headers = await openHeaders(endpoint, ports.opener);
  const { id: object, tenant } = endpoint;
  await ports.audit.append(auditEntry({ actor, action: 'endpoint.headers_revealed', object, tenant }, ports));
  return headers;
}

/** An endpoint's newest secret in plain text, for the product itself: it is not in the audit trail. */
export function openSecret(endpoint: Endpoint, opener: SecretOpener): Promise<string> {
  const { tenant, id: endpointId, secretVersion: version } = endpoint;
  return opener.open(endpoint.secret, { purpose: 'signing', tenant, endpointId, version });
}

/** The faults of a caller's secret for an endpoint with this signature. */
export function faultsOfSecret(signing: Signing, secret: string): InputFault[] {
  const message = secretFault(signing, secret);
  return message === undefined ? [] : [{ path: 'secret', message }];
}

/** The faults of a new signature for an endpoint's existing secret. */
export async function faultsOfSigning(
  current: Endpoint,
  signing: Signing,
  opener: SecretOpener,
): Promise<InputFault[]> {
  // All others accept every secret, so only a change to one that needs the standard form opens it.
  if (!needsStandardSecret(signing) || needsStandardSecret(current)) return [];
  if (secretFault(signing, await openSecret(current, opener)) === undefined) return [];
  const [path, wanted] =
    signing.signature === null
      ? ['signature_profile', `The profile ${signing.signatureProfile}`]
      : ['signature.key', 'The key decoded'];
  const message = `${wanted} requires a secret of "whsec_" followed by base64: rotate the secret first, or keep the signature as it is.`;
  return [{ path, message }];
}
