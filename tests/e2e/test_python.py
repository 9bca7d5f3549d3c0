"""The vendors' own Python SDKs against every front door, with every dialect behind it: one test for
each cell of matrix.py. The cells' code is in cells.py and cells_DOOR.py."""

import concurrent.futures
import unittest

import matrix

try:
    import cells
    import cells_chat
    import cells_messages
    import cells_responses
except ImportError as error:  # the SDKs are not installed
    NOT_INSTALLED = str(error)
else:
    NOT_INSTALLED = ""
    DOORS = {"chat": cells_chat.ChatCell, "responses": cells_responses.ResponsesCell,
             "messages": cells_messages.MessagesCell}

AT_A_TIME = 8


class _PythonSdk(matrix.Case):
    """All cells of one SDK, tried by some threads when the first of them is asked for."""

    @classmethod
    def setUpClass(cls):
        if NOT_INSTALLED:
            raise unittest.SkipTest(NOT_INSTALLED)
        service = matrix.Service.shared()
        wanted = [cell for cell in cls.cells() if not service.missing_for(cell)]
        made = [DOORS[cell.door](cell.as_data(service) | {"number": number}, service)
                for number, cell in enumerate(wanted)]
        with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as threads:
            cls.results = dict(zip((cell.id for cell in wanted), threads.map(cells.attempt, made)))

    def try_cell(self, cell):
        self.assertIn(cell.id, self.results)
        self.assertIsNone(self.results[cell.id], self.results[cell.id])


@matrix.cell_tests
class PythonOpenAi(_PythonSdk):
    SDK, DOORS = "python_openai", ("chat", "responses")


@matrix.cell_tests
class PythonAnthropic(_PythonSdk):
    SDK, DOORS = "python_anthropic", ("messages",)


if __name__ == "__main__":
    unittest.main()
