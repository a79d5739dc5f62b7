import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { HeartbeatSecret } from '../../core/heartbeat/receive.ts';
import { Problem } from '../../core/problem.ts';
import { bodyText } from '../runtime/body.ts';

/** A heartbeat is a few hundred bytes; anything much longer is not one. */
const BODY_LENGTH_MAX = 4_096;

export interface ReceiverPorts {
  secret: HeartbeatSecret;
  isSigned: (body: string, headers: Record<string, string | undefined>, secret: string) => boolean;
  /** Called with a fault on our side. */
  failed: (fault: unknown) => void;
}

/**
 * Receives heartbeats: 204 if the signature is right, 401 if not, 503 if that cannot be told now. An answer has no body:
 * whoever else finds the route learns nothing.
 */
export function createReceiver({ secret, isSigned, failed }: ReceiverPorts) {
  const judge = async (event: APIGatewayProxyEventV2): Promise<number> => {
    // Before anything is read: whatever is sent without a signature costs no more than this.
    if (event.headers['webhook-signature'] === undefined) return 401;
    if ((event.body?.length ?? 0) > BODY_LENGTH_MAX) return 401;
    const text = textOf(event);
    const known = await secret();
    return text !== undefined && known !== undefined && isSigned(text, event.headers, known) ? 204 : 401;
  };
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    try {
      return { statusCode: await judge(event) };
    } catch (fault) {
      failed(fault);
      return { statusCode: 503 };
    }
  };
}

/** The body; undefined if it is not UTF-8. */
function textOf(event: APIGatewayProxyEventV2): string | undefined {
  try {
    return bodyText(event);
  } catch (fault) {
    if (fault instanceof Problem) return undefined;
    throw fault;
  }
}
