"""Recorded answers of real models, end to end; recorded.py tells the story."""

import unittest

import recorded


class Recorded(unittest.TestCase):
    def test_real_models_fail_over_only_to_a_green_path(self):
        if why := recorded.missing():
            self.skipTest(why)
        recorded.play(recorded.DEFAULT_LIMIT)


if __name__ == "__main__":
    unittest.main()
