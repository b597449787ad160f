module gate/reactor

go 1.26.0
