import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A data folder that belongs to this process. */
export interface DataLock {
  release(): void;
}

/** Information about other processes; replaced in tests. */
export interface Processes {
  readonly pid: number;
  /** A value that a later process with the same pid would not share, or undefined if there is no such process. */
  identityOf(pid: number): string | undefined;
}

/**
 * Locks a data folder for this process. A lock whose process is gone, after a SIGKILL, is taken over.
 * @throws Error if another process holds it.
 */
export function lockData(dir: string, processes: Processes = machineProcesses): DataLock {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, 'lock');
  const mine = `${processes.pid} ${processes.identityOf(processes.pid) ?? ''}`;
  if (!create(path, mine)) {
    const holder = readFileSync(path, 'utf8');
    const [pid = '', ...identity] = holder.split(' ');
    if (processes.identityOf(Number(pid)) === identity.join(' ')) {
      throw new Error(
        `The data folder ${dir} is in use by process ${pid}. Stop it, or set POSTRIDER_DATA to another folder.`,
      );
    }
    rmSync(path);
    if (!create(path, mine)) throw new Error(`The data folder ${dir} has just been locked by another process.`);
  }
  return { release: () => rmSync(path, { force: true }) };
}

function create(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

const machineProcesses: Processes = {
  pid: process.pid,
  identityOf(pid) {
    try {
      // The start time distinguishes a process from a later one with the same pid. Only Linux has it in a file.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' ? undefined : `started:${fields[18]}`;
    } catch {
      return process.platform === 'linux' ? undefined : isAlive(pid);
    }
  },
};

function isAlive(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
    return 'alive';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? 'alive' : undefined;
  }
}
