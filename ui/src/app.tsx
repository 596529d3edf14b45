// Every page by its address; each is loaded when it is first shown.
import { lazy } from "react";
import { Navigate, Route, Routes, useParams } from "react-router";
import { Frame } from "./frame/frame";
import { Home } from "./pages/home";

const pages = {
  SignIn: lazy(async () => ({ default: (await import("./pages/session/sign-in")).SignIn })),
  CreateAccount: lazy(async () => ({ default: (await import("./pages/session/create-account")).CreateAccount })),
  Recover: lazy(async () => ({ default: (await import("./pages/session/recover")).Recover })),
  Search: lazy(async () => ({ default: (await import("./pages/search")).Search })),
  RepositoryList: lazy(async () => ({ default: (await import("./pages/repositories/list")).RepositoryList })),
  NewRepository: lazy(async () => ({ default: (await import("./pages/repositories/new")).NewRepository })),
  RepositoryPage: lazy(async () => ({ default: (await import("./pages/repositories/page")).RepositoryPage })),
  OrganizationList: lazy(async () => ({ default: (await import("./pages/namespaces/list")).OrganizationList })),
  NewOrganization: lazy(async () => ({ default: (await import("./pages/namespaces/new")).NewOrganization })),
  NamespacePage: lazy(async () => ({ default: (await import("./pages/namespaces/page")).NamespacePage })),
  TeamPage: lazy(async () => ({ default: (await import("./pages/namespaces/team")).TeamPage })),
  Administration: lazy(async () => ({ default: (await import("./pages/admin/page")).Administration })),
  NotFound: lazy(async () => ({ default: (await import("./pages/not-found")).NotFound })),
};

export function App() {
  return (
    <Routes>
      <Route element={<Frame />}>
        <Route index element={<Home />} />
        <Route path="signin" element={<pages.SignIn />} />
        <Route path="createaccount" element={<pages.CreateAccount />} />
        <Route path="recover" element={<pages.Recover />} />
        <Route path="search" element={<pages.Search />} />
        <Route path="new" element={<pages.NewRepository />} />
        <Route path="repository" element={<pages.RepositoryList />} />
        <Route path="repository/*" element={<pages.RepositoryPage />} />
        <Route path="organization" element={<pages.OrganizationList />} />
        <Route path="organizations/new" element={<pages.NewOrganization />} />
        <Route path="organization/:namespace" element={<pages.NamespacePage isOrganization />} />
        <Route path="organization/:namespace/teams/:team" element={<pages.TeamPage />} />
        <Route path="user/:namespace" element={<pages.NamespacePage isOrganization={false} />} />
        <Route path="admin/*" element={<pages.Administration />} />
        <Route path="superuser/*" element={<Navigate to="/admin" replace />} />
        <Route path=":namespace/:name" element={<ShortAddress />} />
        <Route path="*" element={<pages.NotFound />} />
      </Route>
    </Routes>
  );
}

function ShortAddress() {
  const { namespace, name } = useParams();
  return <Navigate to={`/repository/${namespace}/${name}`} replace />;
}
