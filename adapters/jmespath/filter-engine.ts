import { JMESPathError, JMESPathTypeError, search } from '@aws-lambda-powertools/jmespath';
import type { FilterEngine } from '../../core/filters/filter.ts';

/** JMESPath's own truth: false, null and everything empty do not hold. */
function isTrue(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Characters of the library's reason that are told. */
const WHY_MAX = 200;

/** Content filters by Powertools' JMESPath. */
export const jmespathFilters: FilterEngine = {
  check(expression) {
    try {
      search(expression, {});
      return undefined;
    } catch (fault) {
      // On an empty envelope a well-formed expression may miss the types that its functions want.
      if (fault instanceof JMESPathTypeError) return undefined;
      const why = fault instanceof JMESPathError ? fault.message : 'it is nested too deeply';
      // The library repeats the whole expression.
      return `Not a JMESPath expression: ${why.slice(0, WHY_MAX)}`;
    }
  },

  holds(expression, envelope) {
    try {
      return isTrue(search(expression, envelope));
    } catch {
      // The expression was checked when the endpoint was saved: it fails on this envelope's types, so it does not hold.
      return false;
    }
  },
};
