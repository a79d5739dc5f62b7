import { isObject } from '../json.ts';

/**
 * JSON merge patch (RFC 7396): null removes a member, an object is merged, anything else replaces.
 * @param patch of bounded depth.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, mergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
}
