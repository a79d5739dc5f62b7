import * as z from 'zod';
import { Problem } from '../../../core/problem.ts';
import { TENANT_NAMES, tenantName } from '../../../core/tenant.ts';
import { boundMs, queryTime } from '../../../core/time.ts';

/** Schemas that have a name of their own in the OpenAPI document: what requests hold, and what answers hold. */
export const requestSchemas = z.registry<{ id: string }>();
export const answerSchemas = z.registry<{ id: string }>();

/** A time on the wire: RFC 3339, UTC, milliseconds. */
export const time = z.iso.datetime();

/** How many of something. */
export const count = z.int().min(0);

export const noQuery = z.strictObject({});
export const noBody = z.undefined();

const instant = (description: string) => queryTime.optional().meta({ description });

/** The tenant that a list is about. */
export const tenantQuery = {
  tenant: z
    .union([tenantName, z.literal('*')], {
      error: `${TENANT_NAMES} Or use * for all tenants.`,
    })
    .optional()
    .meta({
      description: "Default: the key's tenant, else `default`. `*` lists across tenants, for a key bound to none.",
    }),
};

const LIMIT = 'Use a whole number from 1 to 100.';
const wholeNumber = z.number(LIMIT).int(LIMIT);

export const pageQuery = {
  limit: z
    // Digits alone: "1e1", "0x10" and " 1" are numbers to JavaScript, and mistakes to everybody else.
    .preprocess((text) => (/^\d+$/.test(String(text)) ? Number(text) : text), wholeNumber.min(1, LIMIT).max(100, LIMIT))
    .default(50)
    .meta({ description: 'Items of a page. A page may hold fewer and still have a `next`.' }),
  cursor: z.string().optional().meta({ description: 'The `next` of the page before, with the same other parameters.' }),
};

export const rangeQuery = {
  from: instant('Inclusive.'),
  to: instant('Exclusive.'),
};

/** The range of a query, in ms since the epoch. */
export function rangeOf({ from, to }: { from?: string | undefined; to?: string | undefined }) {
  return { from: from === undefined ? null : boundMs(from), to: to === undefined ? null : boundMs(to) };
}

/**
 * The range of a list. One that ends where it begins is empty, as whoever walks a list by time comes to ask for.
 * @throws Problem `invalid` when it ends before it begins: the ends have been swapped.
 */
export function listRangeOf(query: { from?: string | undefined; to?: string | undefined }) {
  const range = rangeOf(query);
  if (range.from === null || range.to === null || range.from <= range.to) return range;
  throw new Problem('invalid', 'The range of time ends before it begins: correct it.', {
    faults: [{ path: 'from', message: 'Use a time before "to", or the same.' }],
  });
}

/** The shape of a list's answer. */
export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z
    .object({
      data: z.array(item),
      next: z.string().nullable().meta({ description: 'The cursor of the next page; null at the end.' }),
    })
    .register(answerSchemas, { id });
}
