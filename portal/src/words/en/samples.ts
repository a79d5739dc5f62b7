/** Code for receivers. */
export const samples = {
  samples: {
    title: 'Verify a webhook',
    language: 'Language',
    label: (language: string) => `How to verify in ${language}`,
  },
};
