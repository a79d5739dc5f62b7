import { writeFileSync } from 'node:fs';
import { manual } from '../cli/manual.ts';
import { describedProgram } from '../cli/program.ts';

/** `npm run manual`: writes docs/cli.md from the commands. */
writeFileSync(new URL('../docs/cli.md', import.meta.url), manual(describedProgram()));
