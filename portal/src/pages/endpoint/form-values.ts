import type { Endpoint, EndpointInput } from '../../api/types.ts';
import { words } from '../../words/words.ts';

/** The form of an endpoint, as it is typed. */
export interface FormValues {
  readonly url: string;
  readonly description: string;
  readonly wantsAll: boolean;
  readonly types: readonly string[];
  readonly otherTypes: string;
  readonly filter: string;
  readonly headers: string;
  readonly rateLimit: string;
  readonly timeout: string;
  readonly signature: string;
  readonly attempts: string;
  readonly initialDelay: string;
  readonly factor: string;
  readonly maxDelay: string;
  readonly retryOn: 'all' | 'transient';
}

/** Stands for a signature of the endpoint's own making, which the form keeps as it is. */
export const OWN_SIGNATURE = 'own';

/** What a new endpoint begins with: the API's defaults. */
export const NEW: FormValues = {
  ...{ url: '', description: '', wantsAll: true, types: [], otherTypes: '', filter: '', headers: '' },
  ...{ rateLimit: '', timeout: '15', signature: 'standard', attempts: '10', initialDelay: '5', factor: '4' },
  ...{ maxDelay: '43200', retryOn: 'all' },
};

/** The form of an endpoint that exists. @param known the types that the form offers by name. */
export function valuesOf(endpoint: Endpoint, known: readonly string[]): FormValues {
  const { retry_policy: retry } = endpoint;
  return {
    url: endpoint.url,
    description: endpoint.description,
    wantsAll: endpoint.event_types.includes('*'),
    types: endpoint.event_types.filter((type) => known.includes(type)),
    otherTypes: endpoint.event_types.filter((type) => type !== '*' && !known.includes(type)).join(', '),
    filter: endpoint.filter ?? '',
    headers: Object.entries(endpoint.headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    rateLimit: endpoint.rate_limit_per_second?.toString() ?? '',
    timeout: String(endpoint.timeout_seconds),
    signature: endpoint.signature === null ? endpoint.signature_profile : OWN_SIGNATURE,
    attempts: String(retry.max_attempts),
    initialDelay: String(retry.initial_delay_seconds),
    factor: String(retry.backoff_factor),
    maxDelay: String(retry.max_delay_seconds),
    retryOn: retry.retry_on,
  };
}

/** What is sent for a form, or what is wrong with it. The API judges all that it knows better. */
export function inputOf(values: FormValues): { input: EndpointInput } | { errors: ReadonlyMap<string, string> } {
  const errors = new Map<string, string>();
  const others = values.otherTypes
    .split(',')
    .map((type) => type.trim())
    .filter((type) => type !== '');
  const types = values.wantsAll ? ['*'] : [...new Set([...values.types, ...others])];
  if (types.length === 0) errors.set('event_types', words.form.noTypes);
  const headers: Record<string, string> = {};
  for (const line of values.headers.split('\n').filter((text) => text.trim() !== '')) {
    const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) errors.set('headers', words.form.invalidHeader(line));
    else headers[name] = value;
  }
  if (errors.size > 0) return { errors };
  return {
    input: {
      url: values.url.trim(),
      description: values.description,
      event_types: types,
      filter: values.filter.trim() === '' ? null : values.filter.trim(),
      headers,
      rate_limit_per_second: values.rateLimit === '' ? null : Number(values.rateLimit),
      timeout_seconds: Number(values.timeout),
      ...(values.signature !== OWN_SIGNATURE && { signature_profile: values.signature, signature: null }),
      retry_policy: {
        max_attempts: Number(values.attempts),
        initial_delay_seconds: Number(values.initialDelay),
        backoff_factor: Number(values.factor),
        max_delay_seconds: Number(values.maxDelay),
        retry_on: values.retryOn,
      },
    },
  };
}
