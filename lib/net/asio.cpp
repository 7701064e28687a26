// The functions of Asio that are not templates, compiled once.
#include <asio/impl/src.hpp>
