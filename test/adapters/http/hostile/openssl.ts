import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../support/tls/', import.meta.url));
const CERTIFICATE = ['-cert', 'complete.pem', '-cert_chain', 'complete.pem', '-key', 'key.pem', '-CAfile', 'root.pem'];

/** Whether the machine has openssl 3, whose server does what Node's cannot. */
export const hasOpenssl = (): boolean => /^OpenSSL 3/.test(String(spawnSync('openssl', ['version']).stdout));

/** A TLS server that never answers a request: `openssl s_server` with these options. */
export class OpensslServer {
  readonly #process: ChildProcess;

  constructor(...options: string[]) {
    const args = ['s_server', '-accept', '127.0.0.1:0', ...CERTIFICATE, ...options];
    this.#process = spawn('openssl', args, { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });
  }

  /** The port that it listens on, once it does. */
  async port(): Promise<number> {
    let said = '';
    for await (const chunk of this.#process.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
      said += chunk;
      const [, port] = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      if (port !== undefined) return Number(port);
    }
    throw new Error(`openssl ended: ${said}`);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}
