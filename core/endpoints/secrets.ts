import { type Actor, auditEntry } from '../audit/audit.ts';
import { isoTime } from '../clock.ts';
import { type InputFault, Problem } from '../problem.ts';
import { type SealerPorts, type SecretOpener, sealSecret } from '../secrets/vault.ts';
import { newSecret, secretFault } from '../signing/secret.ts';
import { type ChangePorts, changeEndpoint, type Target } from './change.ts';
import { type Endpoint, type PreviousSecret, stillSigning } from './endpoint.ts';

export interface SecretPorts extends ChangePorts {
  sealer: SealerPorts;
  opener: SecretOpener;
}

/** Most former secrets that sign along: more would only lengthen the headers. */
const PREVIOUS_SECRETS_MAX = 4;

/**
 * Gives an endpoint a new secret; the old one signs along until the overlap ends, and no overlap ends every former one.
 * @throws Problem `invalid` when the endpoint's profile does not take the secret, `conflict` when a former secret would
 * have to go before its overlap ends.
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
      const faults = faultsOfSecret(current.signatureProfile, secret);
      if (faults.length > 0)
        throw new Problem('invalid', 'The rotation is not valid: correct the fields named in errors.', { faults });
      const now = ports.clock();
      const previousSecrets = formerSecrets(current, now, wanted.overlapSeconds);
      const version = current.secretVersion + 1;
      const binding = { tenant: current.tenant, endpointId: id, version };
      return {
        ...current,
        secret: await sealSecret(secret, binding, ports.sealer),
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

/** The secrets that sign along after a rotation: each until the end that it was promised. */
function formerSecrets(current: Endpoint, now: number, overlapSeconds: number): PreviousSecret[] {
  if (overlapSeconds === 0) return [];
  const living = stillSigning(current.previousSecrets, now);
  if (living.length >= PREVIOUS_SECRETS_MAX) {
    const next = isoTime(Math.min(...living.map(({ expiresAt }) => expiresAt)));
    throw new Problem(
      'conflict',
      `${living.length} previous secrets still sign, which is the maximum: rotate again after ${next}, when the next one expires, or with overlap_seconds 0, which revokes them all.`,
    );
  }
  return [
    { sealed: current.secret, version: current.secretVersion, expiresAt: now + overlapSeconds * 1000 },
    ...living,
  ];
}

/** An endpoint's secret, in the clear. The reveal is in the audit trail before this answers. */
export async function revealSecret(
  endpoint: Endpoint,
  actor: Actor,
  ports: Pick<SecretPorts, 'opener' | 'audit' | 'clock' | 'random'>,
): Promise<string> {
  const secret = await openNewest(endpoint, ports.opener);
  const { id: object, tenant } = endpoint;
  await ports.audit.append(auditEntry({ actor, action: 'endpoint.secret_revealed', object, tenant }, ports));
  return secret;
}

function openNewest(endpoint: Endpoint, opener: SecretOpener): Promise<string> {
  const { tenant, id: endpointId, secretVersion: version } = endpoint;
  return opener.open(endpoint.secret, { tenant, endpointId, version });
}

/** What is wrong with a secret that somebody brings to an endpoint of this profile. */
export function faultsOfSecret(profile: string, secret: string): InputFault[] {
  const message = secretFault(profile, secret);
  return message === undefined ? [] : [{ path: 'secret', message }];
}

/** What is wrong with another profile for an endpoint that has its secret already. */
export async function faultsOfProfile(current: Endpoint, profile: string, opener: SecretOpener): Promise<InputFault[]> {
  // Any other takes every secret, so that only this step needs a look at it.
  if (profile !== 'standard' || current.signatureProfile === 'standard') return [];
  if (secretFault(profile, await openNewest(current, opener)) === undefined) return [];
  const message = `The profile standard requires a secret of "whsec_" and base64: rotate the secret first, or keep the profile ${current.signatureProfile}.`;
  return [{ path: 'signature_profile', message }];
}
