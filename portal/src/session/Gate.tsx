import type { ReactNode } from 'react';
import { Button } from '../components/Button.tsx';
import { words } from '../words/words.ts';
import { wayBack } from './session.ts';
import { useSignIn } from './sign-in.ts';

/** Shows the portal to who is signed in, and to everybody else why they are not and how to be. */
export function Gate({ children }: { children: ReactNode }) {
  const signIn = useSignIn();
  const texts = words.session;
  switch (signIn.is) {
    case 'open':
      return children;
    case 'starting':
      return (
        <main className="gate" aria-busy="true">
          <h1 className="quiet">{texts.starting}</h1>
        </main>
      );
    case 'ended': {
      const back = wayBack(signIn.returnUrl);
      return (
        <Notice title={texts.ended.title} body={texts.ended.body}>
          {back === undefined ? (
            <p>{texts.ended.noWayBack}</p>
          ) : (
            // In a frame, the whole window has to go.
            <a className="button primary" href={back.href} target="_top">
              {texts.ended.back}
            </a>
          )}
        </Notice>
      );
    }
    case 'failed':
      return (
        <Notice title={texts.failed.title} body={`${signIn.why} ${texts.failed.body}`}>
          <Button kind="primary" onClick={signIn.again}>
            {texts.failed.again}
          </Button>
        </Notice>
      );
    case 'used':
    case 'absent':
      return <Notice title={texts[signIn.is].title} body={texts[signIn.is].body} />;
  }
}

function Notice({ title, body, children }: { title: string; body: string; children?: ReactNode }) {
  return (
    <main className="gate">
      <h1>{title}</h1>
      <p>{body}</p>
      {children}
    </main>
  );
}
