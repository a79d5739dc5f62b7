import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { mayPass } from './api/problems.ts';
import { router } from './router.tsx';
import { Gate } from './session/Gate.tsx';
import { SessionPage } from './session/SessionPage.tsx';
import { begin } from './session/sign-in.ts';
import './styles/index.css';

void begin();

const queries = new QueryClient({
  defaultOptions: {
    // Whatever the browser says of the network: where a proxy or a VPN misleads it, the API may be reached all the same.
    queries: {
      networkMode: 'always',
      retry: (failures, fault) => failures < 2 && mayPass(fault),
      refetchOnWindowFocus: false,
    },
    mutations: { networkMode: 'always' },
  },
});

const page = document.getElementById('page');
if (page === null) throw new Error('The page has no place for the portal.');
createRoot(page).render(
  <StrictMode>
    <Gate>
      <QueryClientProvider client={queries}>
        <SessionPage>
          <RouterProvider router={router} />
        </SessionPage>
      </QueryClientProvider>
    </Gate>
  </StrictMode>,
);
