import { Field } from '../../components/Field.tsx';
import { RetrySchedule } from '../../components/RetrySchedule.tsx';
import { words } from '../../words/words.ts';
import type { Change } from './EndpointForm.tsx';
import { type FormValues, OWN_SIGNATURE } from './form-values.ts';

interface Props {
  readonly values: FormValues;
  readonly change: Change;
  readonly errorOf: (path: string) => string | undefined;
}

type NumberName = 'rateLimit' | 'timeout' | 'attempts' | 'initialDelay' | 'factor' | 'maxDelay';

/** What most endpoints leave as it is. */
export function AdvancedFields({ values, change, errorOf }: Props) {
  const texts = words.form;
  const numberField = (name: NumberName, path: string, hint?: string) => (
    <Field label={texts[name]} error={errorOf(path)} {...(hint !== undefined && { hint })}>
      {(names) => (
        <input
          {...names}
          type="number"
          min={1}
          step="any"
          value={values[name]}
          onChange={({ target }) => change({ [name]: target.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      <Field label={texts.filter} hint={texts.filterHint} error={errorOf('filter')}>
        {(names) => (
          <input
            {...names}
            className="code"
            spellCheck={false}
            value={values.filter}
            onChange={({ target }) => change({ filter: target.value })}
          />
        )}
      </Field>
      <Field label={texts.headers} hint={texts.headersHint} error={errorOf('headers')}>
        {(names) => (
          <textarea
            {...names}
            className="code"
            rows={3}
            spellCheck={false}
            value={values.headers}
            onChange={({ target }) => change({ headers: target.value })}
          />
        )}
      </Field>
      <Field label={texts.signature} error={errorOf('signature_profile')}>
        {(names) => (
          <select {...names} value={values.signature} onChange={({ target }) => change({ signature: target.value })}>
            {Object.entries(texts.signatures).map(([profile, text]) => (
              <option key={profile} value={profile}>
                {text}
              </option>
            ))}
            {!Object.hasOwn(texts.signatures, values.signature) && (
              <option value={values.signature}>
                {values.signature === OWN_SIGNATURE ? texts.ownSignature : values.signature}
              </option>
            )}
          </select>
        )}
      </Field>
      <div className="field-row">
        {numberField('rateLimit', 'rate_limit_per_second', texts.rateLimitHint)}
        {numberField('timeout', 'timeout_seconds')}
      </div>
      <div className="field-row">
        {numberField('attempts', 'retry_policy.max_attempts')}
        {numberField('initialDelay', 'retry_policy.initial_delay_seconds')}
        {numberField('factor', 'retry_policy.backoff_factor')}
        {numberField('maxDelay', 'retry_policy.max_delay_seconds')}
      </div>
      <Field label={texts.retryOn} error={errorOf('retry_policy.retry_on')}>
        {(names) => (
          <select
            {...names}
            value={values.retryOn}
            onChange={({ target }) => change({ retryOn: target.value === 'transient' ? 'transient' : 'all' })}
          >
            <option value="all">{texts.retryOnAll}</option>
            <option value="transient">{texts.retryOnTransient}</option>
          </select>
        )}
      </Field>
      <RetrySchedule policy={policyOf(values)} />
    </>
  );
}

/** The policy as far as it is typed, within what can be drawn. */
function policyOf(values: FormValues) {
  const within = (text: string, most: number) => Math.min(Math.max(Number(text) || 1, 1), most);
  return {
    max_attempts: Math.floor(within(values.attempts, 50)),
    initial_delay_seconds: within(values.initialDelay, 43_200),
    backoff_factor: within(values.factor, 10),
    max_delay_seconds: within(values.maxDelay, 86_400),
    jitter: 0,
    retry_on: values.retryOn,
  };
}
