import { joinedBy, PRESET_NAMES, type SignatureScheme, schemeOf, withSignatures } from './scheme.ts';

/** A header of a preset, as discovery describes it to receivers. */
function described(scheme: SignatureScheme) {
  const isMany = joinedBy(scheme) !== undefined;
  const one = `{${scheme.encoding}}`;
  return {
    header: scheme.header,
    value: withSignatures(scheme, isMany ? [one, one] : [one]),
    signed_content: scheme.content,
    key: scheme.key,
    signed_by: isMany ? ('each' as const) : ('oldest' as const),
    also: Object.keys(scheme.also),
  };
}

const presets = PRESET_NAMES.flatMap((name) => {
  const scheme = schemeOf({ signatureProfile: name, signature: null });
  return scheme === undefined ? [] : [[name, described(scheme)] as const];
});

/** How webhooks are signed, as discovery describes it to receivers. */
export const SIGNATURE_SCHEME = {
  scheme: 'standard-webhooks' as const,
  documentation: 'https://www.standardwebhooks.com',
  algorithm: 'hmac-sha256' as const,
  secret_prefix: 'whsec_',
  key: 'the base64-decoded bytes after the prefix; for a secret of another form, its UTF-8 text',
  signed_content: '{webhook-id}.{webhook-timestamp}.{body}',
  headers: { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' },
  profiles: ['standard', ...PRESET_NAMES],
  profile_key: 'text: the UTF-8 text of the whole secret, prefix included; decoded: the key of the standard signature',
  profile_headers: Object.fromEntries(presets),
};
