import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { evaluate } from '../../../adapters/jmespath/evaluate.ts';
import { Meter } from '../../../adapters/jmespath/meter.ts';
import { parse } from '../../../adapters/jmespath/parse.ts';
import { readJson } from '../../../adapters/jmespath/read-json.ts';

// JMESPath's own compliance suite, as shipped with its author's implementation.
const folder = new URL('../../../node_modules/jmespath/test/compliance/', import.meta.url);
const suite = z.array(
  z.object({
    given: z.unknown(),
    cases: z.array(
      z.object({
        expression: z.string(),
        result: z.unknown().optional(),
        error: z.string().optional(),
        bench: z.string().optional(),
      }),
    ),
  }),
);

function outcomeOf(expression: string, given: unknown): unknown {
  const value = readJson(JSON.stringify(given));
  try {
    return { result: evaluate(parse(expression), value, new Meter(value)) };
  } catch (fault) {
    return fault instanceof Error && ['NotAnExpression', 'TypeFault'].includes(fault.name) ? 'error' : fault;
  }
}

/** Text in backticks without quotation marks was once allowed; the specification has removed that (JEP-12). */
function hasFormerLiteral(expression: string): boolean {
  return [...expression.matchAll(/`((?:[^`\\]|\\.)*)`/g)].some(([, json = '']) => {
    try {
      JSON.parse(json.replaceAll('\\`', '`'));
      return false;
    } catch {
      return true;
    }
  });
}

describe.each(readdirSync(folder))("JMESPath's compliance suite: %s", (name) => {
  const groups = suite.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
  const cases = groups.flatMap(({ given, cases }) => cases.map((one) => ({ given, ...one })));

  it.each(cases.filter(({ bench }) => bench === undefined))('$expression', ({ given, expression, result, error }) => {
    const isExpected = error === undefined && !hasFormerLiteral(expression);
    const expected = isExpected ? { result } : 'error';
    expect(outcomeOf(expression, given)).toEqual(expected);
  });
});
