"""Sign-in back ends: who checks that people are who they say."""
