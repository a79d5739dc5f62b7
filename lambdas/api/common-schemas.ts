import * as z from 'zod';
import { Problem } from '../../core/problem.ts';
import { TENANT_NAMES, tenantName } from '../../core/tenant.ts';
import { boundMs, queryTime } from '../../core/time.ts';

/** The named schemas of the OpenAPI document: those of requests, and those of responses. */
export const requestSchemas = z.registry<{ id: string }>();
export const responseSchemas = z.registry<{ id: string }>();

/** A time on the wire: RFC 3339, UTC, milliseconds. */
export const time = z.iso.datetime();

/** A count. */
export const count = z.int().min(0);

export const noQuery = z.strictObject({});
export const noBody = z.undefined();

const instant = (description: string) => queryTime.optional().meta({ description });

/** The tenant to list. */
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
    // Digits only: "1e1", "0x10" and " 1" are numbers to JavaScript, but mistakes in a query.
    .preprocess((text) => (/^\d+$/.test(String(text)) ? Number(text) : text), wholeNumber.min(1, LIMIT).max(100, LIMIT))
    .default(50)
    .meta({ description: 'Items per page. A page may hold fewer and still have a `next`.' }),
  cursor: z.string().optional().meta({ description: 'The `next` of the previous page. Keep the other parameters.' }),
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
 * The range of a list. An empty range is valid: clients that page by time ask for it.
 * @throws Problem `invalid` when it ends before it begins: the bounds are swapped.
 */
export function listRangeOf(query: { from?: string | undefined; to?: string | undefined }) {
  const range = rangeOf(query);
  if (range.from === null || range.to === null || range.from <= range.to) return range;
  throw new Problem('invalid', 'The time range ends before it begins.', {
    faults: [{ path: 'from', message: 'Use a time not after "to".' }],
  });
}

/** The schema of a page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z
    .object({
      data: z.array(item),
      next: z.string().nullable().meta({ description: 'The cursor of the next page; null at the end.' }),
    })
    .register(responseSchemas, { id });
}
