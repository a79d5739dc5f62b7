/** A bug to plant: a piece of source text in one file, and its replacement. */
export interface Mutant {
  name: string;
  /** Relative to the root of the repository. */
  file: string;
  find: string;
  replace: string;
}
