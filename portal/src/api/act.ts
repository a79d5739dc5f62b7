import { type UseMutationOptions, useMutation } from '@tanstack/react-query';
import { useRef } from 'react';

/**
 * A change that somebody makes by a press. While its request is under way another press does nothing: it may come before the
 * button is drawn as busy.
 */
export function useAct<Answer, Input = void>({
  mutationFn,
  ...options
}: Omit<UseMutationOptions<Answer, Error, Input>, 'mutationFn'> & {
  readonly mutationFn: (input: Input) => Promise<Answer>;
}) {
  const isUnderWay = useRef(false);
  const mutation = useMutation({
    ...options,
    mutationFn: async (input: Input) => {
      try {
        return await mutationFn(input);
      } finally {
        isUnderWay.current = false;
      }
    },
  });
  const mutate = (input: Input) => {
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    mutation.mutate(input);
  };
  return { ...mutation, mutate };
}
