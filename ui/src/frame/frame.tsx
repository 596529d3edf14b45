// Masthead, navigation and what is shown above every page.
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { Outlet, useLocation, useNavigate } from "react-router";
import { client, describeLastCall, read } from "../api/client";
import { useConfig, useRefresh, useUser } from "../api/queries";
import type { Message } from "../api/types";
import { CopyField, InfoBanner, InfoDialog, Loading, Nothing, Shell, Text } from "../kit";
import { strings } from "../strings";
import { FreshLogin } from "./fresh-login";
import { getTheme, setTheme, type Theme } from "./theme";

const themes: [Theme, string][] = [
  ["light", strings.themeLight],
  ["dark", strings.themeDark],
  ["auto", strings.themeAuto],
];

export function Frame() {
  const navigate = useNavigate();
  const location = useLocation();
  const config = useConfig();
  const user = useUser();
  const refresh = useRefresh();
  const [theme, chooseTheme] = useState(getTheme());
  const [open, setOpen] = useState<"call" | "bell" | null>(null);
  const messages = useQuery({
    queryKey: ["messages"],
    queryFn: () => read<{ messages: Message[] }>(client.GET("/api/v1/messages")),
    staleTime: 300_000,
  });

  const signOut = async () => {
    await read(client.POST("/api/v1/signout"));
    await refresh();
    void navigate("/signin");
  };
  const path = location.pathname;
  const place = findNamespace(path);
  const inPlace = place === null ? "" : `?namespace=${encodeURIComponent(place)}`;
  const signedIn = user.data ?? null;
  const navigation = [
    { title: signedIn === null ? strings.explore : strings.home, to: "/", isActive: path === "/" },
    ...(signedIn === null
      ? []
      : [
          { title: strings.repositories, to: "/repository", isActive: path.startsWith("/repository") },
          { title: strings.organizations, to: "/organization", isActive: path.startsWith("/organization") },
        ]),
    ...(signedIn?.super_user ? [{ title: strings.administration, to: "/admin", isActive: path.startsWith("/admin") }] : []),
  ];
  const create =
    signedIn === null
      ? []
      : [
          { title: strings.newRepository, to: `/new${inPlace}` },
          { title: strings.newOrganization, to: "/organizations/new/" },
          { title: strings.newTeam, to: `/organization/${place ?? ""}?tab=teams&create=team` },
          { title: strings.newRobot, to: place === null || place === signedIn.username ? `/user/${signedIn.username}?tab=robots&create=robot` : `/organization/${place}?tab=robots&create=robot` },
        ].filter((entry) => place !== null || entry.title !== strings.newTeam);

  return (
    <>
      <Shell
        title={config.data?.config.REGISTRY_TITLE ?? strings.product}
        navigation={navigation}
        create={create}
        help={[
          { title: strings.documentation, onClick: () => window.open("/api/v1/openapi.json", "_blank", "noopener") },
          { title: strings.showApiCall, onClick: () => setOpen("call") },
        ]}
        user={
          signedIn === null
            ? null
            : {
                name: signedIn.username,
                sections: [
                  { entries: [{ title: strings.accountSettings, to: `/user/${signedIn.username}?tab=settings` }] },
                  {
                    title: strings.theme,
                    entries: themes.map(([value, title]) => ({
                      title,
                      isSelected: theme === value,
                      onClick: () => {
                        setTheme(value);
                        chooseTheme(value);
                      },
                    })),
                  },
                  { entries: [{ title: strings.logout, onClick: () => void signOut() }] },
                ],
              }
        }
        signInTo={`/signin?next=${encodeURIComponent(path + location.search)}`}
        notifications={signedIn === null ? null : { unread: 0, onOpen: () => setOpen("bell") }}
        onSearch={(text) => void navigate(`/search?q=${encodeURIComponent(text)}`)}
        banners={
          <>
            {config.data?.registry_state === "readonly" ? <InfoBanner severity="warning">{strings.readOnly}</InfoBanner> : null}
            {messages.data?.messages.map((message) => (
              <InfoBanner key={message.uuid} severity={message.severity}>
                {message.content}
              </InfoBanner>
            ))}
          </>
        }
      >
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </Shell>
      <FreshLogin />
      {open === "call" ? (
        <InfoDialog title={strings.showApiCall} onClose={() => setOpen(null)}>
          <Text>{strings.apiCallText}</Text>
          <CopyField text={describeLastCall() ?? strings.noApiCall} label={strings.showApiCall} />
        </InfoDialog>
      ) : null}
      {open === "bell" ? (
        <InfoDialog title={strings.notifications} onClose={() => setOpen(null)}>
          <Nothing title={strings.noNotifications}>{strings.noNotificationsText}</Nothing>
        </InfoDialog>
      ) : null}
    </>
  );
}

/** The namespace that the page is about. */
function findNamespace(path: string): string | null {
  const [, first, second] = path.split("/");
  if (second === undefined || second === "") return null;
  return first === "repository" || first === "organization" || first === "user" ? decodeURIComponent(second) : null;
}
