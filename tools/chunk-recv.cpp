// chunk-recv: reads streams of chunks, checks each, and writes those that are chosen.
#include "recv/run.hpp"

int main(int argc, char** argv) {
  return tools::recv::run(argc, argv);
}
