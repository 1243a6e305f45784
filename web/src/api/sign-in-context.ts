import { createContext, useContext } from 'react';

/** Opens the dialog that asks for a token. */
export const SignInContext = createContext<() => void>(() => undefined);

/** The way to the dialog that asks for a token, for whatever can't be seen without one. */
export function useSignIn(): () => void {
  return useContext(SignInContext);
}
