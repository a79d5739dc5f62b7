/** Who did something: a key, a caller inside AWS, or the product itself. */
export interface Actor {
  kind: 'api_key' | 'iam' | 'system';
  id: string;
  name: string;
}

/** One entry of the audit trail. Never holds a secret. `at` in ms since the epoch. */
export interface AuditEntry {
  id: string;
  at: number;
  actor: Actor;
  /** What was done, such as `endpoint.secret_revealed`. */
  action: string;
  /** The id of what it was done to. */
  object: string;
  tenant: string;
}

/** The audit trail. An entry is durable before what it tells of is answered. */
export interface AuditTrail {
  append(entry: AuditEntry): Promise<void>;
}
