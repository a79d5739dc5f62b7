/** A mistake to plant: one piece of source text of one file, replaced. */
export interface Mutant {
  name: string;
  /** From the root of the project. */
  file: string;
  find: string;
  replace: string;
}
