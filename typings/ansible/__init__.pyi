from ansible import constants as constants
from ansible import context as context
