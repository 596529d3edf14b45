"""What every section of the settings shares."""

from pydantic import BaseModel, ConfigDict

MIB = 1024 * 1024
GIB = 1024 * MIB


class Section(BaseModel):
    """A frozen table of settings that refuses names it does not know. A field's docstring is its documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def split_words(value: object) -> object:
    """Lists come from the environment as words separated by commas."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value
