import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

/**
 * Notes every address that this process begins to connect to: nothing else makes a TCP connection of Node send a packet.
 * Call `stop` at the end.
 */
export function watchDials(): { dialled: string[]; stop: () => void } {
  const dialled: string[] = [];
  const watch = (message: unknown) => {
    const socket = typeof message === 'object' && message !== null && 'socket' in message ? message.socket : undefined;
    if (!(socket instanceof Socket)) return;
    socket.on('connectionAttempt', (address: string) => dialled.push(address));
  };
  subscribe('net.client.socket', watch);
  return { dialled, stop: () => unsubscribe('net.client.socket', watch) };
}
