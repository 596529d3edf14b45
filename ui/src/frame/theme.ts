// Light, dark, or as the system says; kept in this browser.
export type Theme = "light" | "dark" | "auto";

const key = "pierhead.theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

export function getTheme(): Theme {
  const stored = window.localStorage.getItem(key);
  return stored === "light" || stored === "dark" ? stored : "auto";
}

export function setTheme(theme: Theme): void {
  window.localStorage.setItem(key, theme);
  applyTheme();
}

export function applyTheme(): void {
  const theme = getTheme();
  document.documentElement.classList.toggle("pf-v6-theme-dark", theme === "dark" || (theme === "auto" && dark.matches));
}

dark.addEventListener("change", applyTheme);
