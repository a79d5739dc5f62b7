import * as z from 'zod';

/**
 * The environment contract of one Lambda: a schema that its handler parses once per cold start and that types the
 * variables its construct must set. A missing variable fails `tsc`, not production.
 */
export type EnvSchema<Shape extends z.ZodRawShape> = z.ZodObject<Shape>;

/** What the CDK side must set for a schema: every name, as a string. */
export type EnvVariables<Schema> = Schema extends z.ZodObject<infer Shape> ? { [Name in keyof Shape]: string } : never;

/** A whole number carried as text. */
export const wholeNumber = () => z.coerce.number().int().nonnegative();

/** A whole number carried as text; an empty text is null. */
export const wholeNumberOrNull = () => z.union([z.literal('').transform(() => null), wholeNumber()]);

/** CIDR blocks separated by commas; an empty text is an empty list. */
export const cidrList = () => z.string().transform((text) => text.split(',').filter((cidr) => cidr !== ''));

/** A flag carried as `true` or `false`. */
export const flag = () => z.enum(['true', 'false']).transform((text) => text === 'true');

/**
 * Reads and checks the environment. Only this and `sdk/credentials.ts` touch `process.env`.
 * @throws Error naming every missing or malformed variable at once (never a value).
 */
export function readEnv<Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>): z.output<z.ZodObject<Shape>> {
  const result = schema.safeParse(process.env);
  if (result.success) return result.data;
  const names = result.error.issues.map((issue) => `${issue.path.join('.')} (${issue.message})`);
  throw new Error(`The function's environment is incomplete; deploy the stack again. Check: ${names.join(', ')}`);
}
