import pytest

from tests.stories.conversation import begin, end


@pytest.fixture
def talk(account, smtp, sqlite_url):
    made = begin(account, smtp, sqlite_url)
    yield made
    end(made)
