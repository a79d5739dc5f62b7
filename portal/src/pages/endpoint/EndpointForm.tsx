import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { byGroup, isFound } from '../../api/catalogue.ts';
import { explain } from '../../api/problems.ts';
import { eventTypesQuery } from '../../api/queries.ts';
import type { EndpointInput } from '../../api/types.ts';
import { Button } from '../../components/Button.tsx';
import { Field } from '../../components/Field.tsx';
import { Refused } from '../../components/States.tsx';
import { Badge } from '../../components/Status.tsx';
import { words } from '../../words/words.ts';
import { AdvancedFields } from './AdvancedFields.tsx';
import { type FormValues, inputOf } from './form-values.ts';

interface Props {
  readonly initial: FormValues;
  readonly submit: string;
  readonly isBusy: boolean;
  /** Why the API refused it. */
  readonly fault: unknown;
  readonly onSubmit: (input: EndpointInput) => void;
  /** Beside the button. */
  readonly children?: ReactNode;
}

/** How a field of the form changes. */
export type Change = (change: Partial<FormValues>) => void;

/** From so many event types on they can be searched. */
const FIND_FROM = 12;

const ADVANCED = /^(filter|headers|rate_limit|timeout|signature|retry_policy)/;

/** The form of a new and of a present endpoint. */
export function EndpointForm({ initial, submit, isBusy, fault, onSubmit, children }: Props) {
  const [values, setValues] = useState(initial);
  const [own, setOwn] = useState<ReadonlyMap<string, string>>(new Map());
  const form = useRef<HTMLFormElement>(null);
  const refused = fault === null ? undefined : explain(fault).fields;
  const errors = own.size > 0 ? own : (refused ?? own);
  const change: Change = (part) => setValues((before) => ({ ...before, ...part }));
  // The first field that is wrong gets the focus, so that nobody has to look for it.
  useEffect(() => {
    if (errors.size > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [errors]);
  const texts = words.form;
  return (
    <form
      className="form"
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isBusy) return;
        const read = inputOf(values);
        setOwn('errors' in read ? read.errors : new Map());
        if ('input' in read) onSubmit(read.input);
      }}
    >
      <Field label={texts.url} hint={texts.urlHint} error={errors.get('url')}>
        {(names) => (
          <input
            {...names}
            type="url"
            required
            autoComplete="off"
            value={values.url}
            onChange={({ target }) => change({ url: target.value })}
          />
        )}
      </Field>
      <Field label={`${texts.description} (${words.common.optional})`} error={errors.get('description')}>
        {(names) => (
          <input
            {...names}
            value={values.description}
            onChange={({ target }) => change({ description: target.value })}
          />
        )}
      </Field>
      <TypesField values={values} change={change} error={messageFor(errors, 'event_types')} />
      <details className="advanced" open={[...errors.keys()].some((path) => ADVANCED.test(path)) || undefined}>
        <summary>{texts.advanced}</summary>
        <AdvancedFields values={values} change={change} errorOf={(path) => messageFor(errors, path)} />
      </details>
      <Refused fault={fault} />
      <div className="actions">
        <Button type="submit" kind="primary" isBusy={isBusy}>
          {submit}
        </Button>
        {children}
      </div>
    </form>
  );
}

/** The message for a field, or for something within it. */
function messageFor(errors: ReadonlyMap<string, string>, path: string): string | undefined {
  return [...errors].find(([key]) => key === path || key.startsWith(`${path}.`) || key.startsWith(`${path}[`))?.[1];
}

function TypesField({ values, change, error }: { values: FormValues; change: Change; error: string | undefined }) {
  const { data } = useQuery(eventTypesQuery);
  const [find, setFind] = useState('');
  // One that will end is offered only to those who have it.
  const types = (data?.data ?? []).filter(({ name, deprecated }) => !deprecated || values.types.includes(name));
  const texts = words.form;
  const toggle = (name: string, isChosen: boolean) =>
    change({ types: isChosen ? [...values.types, name] : values.types.filter((type) => type !== name) });
  return (
    <fieldset aria-describedby={error ? 'types-error' : undefined}>
      <legend>{texts.types}</legend>
      <p className="hint">{texts.typesHint}</p>
      <label className="choice">
        <input type="radio" name="types" checked={values.wantsAll} onChange={() => change({ wantsAll: true })} />
        {texts.allTypes}
      </label>
      <label className="choice">
        <input type="radio" name="types" checked={!values.wantsAll} onChange={() => change({ wantsAll: false })} />
        {texts.chosenTypes}
      </label>
      {!values.wantsAll && (
        <div className="type-choices">
          {types.length > FIND_FROM && (
            <Field label={texts.findTypes}>
              {(names) => (
                <input {...names} type="search" value={find} onChange={({ target }) => setFind(target.value)} />
              )}
            </Field>
          )}
          {byGroup(types.filter((type) => isFound(type, find))).map(([group, ofGroup]) => (
            <fieldset key={group} className="type-group">
              <legend>{group}</legend>
              {ofGroup.map(({ name, description, deprecated }) => (
                <label className="choice" key={name}>
                  <input
                    type="checkbox"
                    checked={values.types.includes(name)}
                    onChange={({ target }) => toggle(name, target.checked)}
                  />
                  <span>
                    {name}
                    {deprecated && <Badge tone="held">{words.eventTypes.deprecated}</Badge>}
                    {description !== '' && <span className="sub">{description}</span>}
                  </span>
                </label>
              ))}
            </fieldset>
          ))}
          <Field label={texts.otherTypes} hint={texts.otherTypesHint}>
            {(names) => (
              <input
                {...names}
                value={values.otherTypes}
                onChange={({ target }) => change({ otherTypes: target.value })}
              />
            )}
          </Field>
        </div>
      )}
      {error && (
        <p className="field-error" id="types-error">
          {error}
        </p>
      )}
    </fieldset>
  );
}
