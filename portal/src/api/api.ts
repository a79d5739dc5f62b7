import { type Client, createClient } from '@postrider/client';
import { sessionEnded, sessionToken } from '../session/sign-in.ts';

/** The API on the page's own address, with the session's token in every request. A 401 ends the session. */
export const api: Client = createClient({
  url: location.origin,
  fetch: async (request) => {
    const token = sessionToken() ?? '';
    request.headers.set('authorization', `Bearer ${token}`);
    const response = await fetch(request);
    if (response.status === 401) sessionEnded(token);
    return response;
  },
});
