import "@patternfly/react-core/dist/styles/base.css";
import "./styles.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { ApiError } from "./api/client";
import { App } from "./app";
import { applyTheme } from "./frame/theme";
import { NoticeProvider } from "./kit";

applyTheme();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What was refused stays refused; a lost connection may come back.
      retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
  },
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <NoticeProvider>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </NoticeProvider>
    </QueryClientProvider>
  </StrictMode>,
);
