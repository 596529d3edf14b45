// What concerns whoever is signed in; for others the public repositories.
import { Link } from "react-router";
import { useConfig, useUser, getHost } from "../api/queries";
import { EmptyHowTo, Loading, Page } from "../kit";
import { strings } from "../strings";
import { RepositoryTable } from "./repositories/table";

export function Home() {
  const user = useUser();
  const config = useConfig();
  if (user.isPending) return <Loading />;
  const signedIn = user.data ?? null;
  if (signedIn === null) {
    return (
      <Page title={strings.explore}>
        <RepositoryTable query={{ public: true }} empty={<Link to="/signin">{strings.signIn}</Link>} />
      </Page>
    );
  }
  const host = getHost(config.data);
  return (
    <Page title={strings.home}>
      <RepositoryTable
        query={{ mine: true }}
        empty={
          <EmptyHowTo
            title={strings.firstPush}
            text={strings.firstPushText}
            commands={[`docker login ${host}`, `docker tag alpine ${host}/${signedIn.username}/alpine`, `docker push ${host}/${signedIn.username}/alpine`]}
          />
        }
      />
    </Page>
  );
}
