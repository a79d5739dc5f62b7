/** Signing in, and why somebody is not. */
export const session = {
  session: {
    starting: 'Signing you in …',
    ended: {
      title: 'Your session has ended',
      body: 'Nothing was lost: deliveries go on by themselves. Go back to where you came from and open this page from there again.',
      back: 'Go back and sign in again',
      noWayBack: 'Open this page again from the product that led you here.',
    },
    used: {
      title: 'This link was used, or is too old',
      body: 'A link to this page works once, for five minutes. If you did not open it yourself, somebody else may have: the session that it began has ended. Ask for a new link where you found this one.',
    },
    absent: {
      title: 'You are not signed in',
      body: 'This page opens from the product whose webhooks it shows: go there and follow its link. If you have it open in another tab, reload this one.',
    },
    failed: {
      title: 'You could not be signed in',
      body: 'The link is still good: nothing that was tried has used it up.',
      unreachable: 'The API cannot be reached.',
      answered: (status: number) => `The API answered ${status}.`,
      again: 'Try again',
    },
  },
};
