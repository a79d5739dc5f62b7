import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSchemaExaminer } from '../../adapters/ajv/schema-examiner.ts';
import {
  EVENT_TYPE_BYTES_MAX,
  NESTING_MAX,
  PATTERN_MAX,
  SCHEMA_BYTES_MAX,
  VERSIONS_MAX,
} from '../../core/event-types/event-type.ts';
import { eventTypeInput, versionsOf } from '../../core/event-types/input.ts';
import { acceptVersions } from '../../core/event-types/versions.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/event-catalogue.md'), 'utf8');

describe('the page about event types', () => {
  it('shows an event type that can be registered as shown', async () => {
    const [, example = ''] = /`order\.created\.json`:\n\n```json\n(.*?)```/s.exec(page) ?? [];
    const input = eventTypeInput.parse(JSON.parse(example));
    const versions = await acceptVersions(versionsOf(input), input.description, undefined, createSchemaExaminer());
    expect(versions).toHaveLength(1);
  });

  it('lists the actual limits', () => {
    const rows = [...page.matchAll(/^\| (.+?) \| (.+?) \|$/gm)].map(([, what, limit]) => `${what}: ${limit}`);
    expect(rows).toEqual(
      expect.arrayContaining([
        `versions of a type: ${VERSIONS_MAX}`,
        `a schema, an example: ${SCHEMA_BYTES_MAX / 1024} KB each, nested at most ${NESTING_MAX} levels`,
        `a type with all its versions: ${EVENT_TYPE_BYTES_MAX / 1024} KB`,
        `a pattern: ${PATTERN_MAX} characters`,
      ]),
    );
  });
});
